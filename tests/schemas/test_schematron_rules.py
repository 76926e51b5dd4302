"""The Schematron runner, and diarium's own rules for ERMS."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from lxml import etree

from diarium.archive.schema_set import AssertionFailure, SchemaSet, SchemaSetError, run_schematron

SAMPLES = Path(__file__).parent / "samples"
ERMS_RULES = SchemaSet.own().folder / "erms.sch"
ERMS3_RULES = SchemaSet.own().folder / "erms-3.sch"
HEAD = '<schema xmlns="http://purl.oclc.org/dsdl/schematron" queryBinding="xslt2">'


def run(folder: Path, rules: str, document: str) -> list[AssertionFailure]:
    (folder / "rules.sch").write_text(f"{HEAD}{rules}</schema>", encoding="utf-8")
    (folder / "document.xml").write_text(document, encoding="utf-8")
    return run_schematron(folder / "rules.sch", folder / "document.xml")


def erms_with(folder: Path, old: str, new: str, sample: str = "ERMS.xml") -> Path:
    text = (SAMPLES / sample).read_text(encoding="utf-8")
    assert old in text
    changed = folder / "ERMS.xml"
    changed.write_text(text.replace(old, new, 1), encoding="utf-8")
    return changed


def test_a_complete_erms_document_breaks_no_rule() -> None:
    assert run_schematron(ERMS_RULES, SAMPLES / "ERMS.xml") == []
    assert run_schematron(ERMS3_RULES, SAMPLES / "ERMS-3.xml") == []


@pytest.mark.parametrize(
    ("old", "new", "assertion", "role"),
    [
        ('aggregationType="caseFile"', 'aggregationType="own_aggregation_definition"',
         "ermsAggregationTypeOther", "error"),
        ('directionDefinition="incoming"', 'directionDefinition="other"', "ermsDirectionOther", "error"),
        ('agentType="sender"', 'agentType="other"', "ermsAgentTypeOther", "error"),
        ('restrictionType="confidential"', 'restrictionType="other_type"', "ermsRestrictionTypeOther", "error"),
        ('relationType="reference"', 'relationType="own_relation_definition"', "ermsRelationTypeOther", "error"),
        ('dateType="opened"', 'dateType="Other"', "ermsDateTypeOther", "error"),
        ('adressType="postal_city"', 'addressLineType="other"', "ermsAddressLineTypeOther", "error"),
        ('contactType="email"', 'contactLineType="other"', "ermsContactLineTypeOther", "error"),
        ('dateType="retention_period_end"', 'disposalDateType="other_date"', "ermsDisposalDateTypeOther", "error"),
        ('dateType="opened"', 'dateType="other"', "ermsDateOther", "warning"),
        ('dateType="decision"', 'dateType="other"', "ermsDateOther", "warning"),
        ('dateType="retention_period_end"', 'dateType="other_date"', "ermsDisposalDateOther", "warning"),
        ('adressType="postal_city"', 'adressType="other"', "ermsAddressLineOther", "warning"),
        ('contactType="email"', 'contactType="other"', "ermsContactLineOther", "warning"),
    ],
)  # fmt: skip
def test_other_without_its_companion_is_found_at_its_line(
    tmp_path: Path, old: str, new: str, assertion: str, role: str
) -> None:
    changed = erms_with(tmp_path, old, new)
    (failure,) = run_schematron(ERMS_RULES, changed)
    assert (failure.assertion, failure.role) == (assertion, role)
    assert new in changed.read_text(encoding="utf-8").splitlines()[failure.line - 1]
    (element,) = etree.parse(changed).xpath(failure.path)
    assert element.get(new.partition("=")[0]) == new.partition("=")[2].strip('"')
    assert etree.QName(element).localname in failure.message


@pytest.mark.parametrize(
    ("old", "new", "assertion"),
    [
        ('aggregationType="caseFile"', 'aggregationType="own_aggregation_definition"', "ermsAggregationTypeOther"),
        ('dateType="opened"', 'dateType="other"', "ermsDateOther"),
        ('dateType="decision"', 'dateType="other"', "ermsDateOther"),
        ('directionDefinition="incoming"', 'directionDefinition="other"', "ermsDirectionOther"),
        ('addressType="postal_city"', 'addressType="other"', "ermsAddressLineOther"),
        ('contactType="email"', 'contactType="other"', "ermsContactLineOther"),
        ('agentType="contact_person"', 'agentType="other"', "ermsAgentTypeOther"),
        ('dateType="retention_period_end"', 'dateType="other_date"', "ermsDisposalDateOther"),
        ('restrictionType="confidential"', 'restrictionType="other_type"', "ermsRestrictionTypeOther"),
        ('relationType="reference"', 'relationType="own_relation_definition"', "ermsRelationTypeOther"),
        ('<contactLine contactType="email">anna@example.org</contactLine></addressContactInformation>',
         "</addressContactInformation>", "ermsAddressEmpty"),
        ('classificationSchemaStatus="previous"', 'classificationSchemaStatus="other"', "ermsSchemaStatusOther"),
    ],
)  # fmt: skip
def test_erms_3_has_the_same_rules_with_its_own_spellings(
    tmp_path: Path, old: str, new: str, assertion: str
) -> None:
    (failure,) = run_schematron(ERMS3_RULES, erms_with(tmp_path, old, new, "ERMS-3.xml"))
    assert (failure.assertion, failure.role) == (assertion, "error")


@pytest.mark.parametrize(("companion", "found"), [("remissinstans", 0), ("", 1), ("   ", 1)])
def test_a_companion_must_say_something(tmp_path: Path, companion: str, found: int) -> None:
    changed = erms_with(tmp_path, 'agentType="sender"', f'agentType="other" otherAgentType="{companion}"')
    assert len(run_schematron(ERMS_RULES, changed)) == found


def test_each_assertion_of_our_rules_has_an_id_of_its_own_and_a_role() -> None:
    for rules, number, roles in ((ERMS_RULES, 13, {"error", "warning"}), (ERMS3_RULES, 11, {"error"})):
        assertions = list(etree.parse(rules).getroot().iter("{*}assert", "{*}report"))
        assert len({assertion.get("id") for assertion in assertions}) == len(assertions) == number
        assert {assertion.get("role") for assertion in assertions} == roles


def test_only_the_first_fitting_rule_of_a_pattern_applies(tmp_path: Path) -> None:
    rules = """<pattern><rule context="a[@x]"><assert id="first" test="false()">1</assert></rule>
      <rule context="a"><assert id="second" test="false()">2</assert></rule></pattern>
      <pattern><rule context="a"><assert id="other" test="false()">3</assert></rule></pattern>"""
    failures = run(tmp_path, rules, '<r><a x=""/><a/></r>')
    assert [(f.assertion, f.path) for f in failures] == [
        ("first", "/r/a[1]"),
        ("second", "/r/a[2]"),
        ("other", "/r/a[1]"),
        ("other", "/r/a[2]"),
    ]


def test_variables_names_values_and_reports_are_understood(tmp_path: Path) -> None:
    rules = """<ns prefix="d" uri="urn:d"/><let name="limit" value="number(/d:r/@limit)"/>
      <pattern id="sums"><let name="all" value="count(//d:v)"/>
      <rule context="d:v"><let name="this" value="number(.)"/>
        <report test="$this gt $limit">I <emph><name/></emph>: <value-of select="."/> &gt;
          <value-of select="$limit"/> (av <value-of select="$all"/>) i <name path=".."/></report></rule>
      </pattern>"""
    (failure,) = run(tmp_path, rules, '<d:r xmlns:d="urn:d" limit="2">\n<d:v>1</d:v>\n<d:v>3</d:v></d:r>')
    assert failure == AssertionFailure("sums.1", "I d:v: 3 > 2 (av 2) i d:r", 3, "/d:r/d:v[2]", "error")


def test_attributes_and_texts_can_be_context(tmp_path: Path) -> None:
    rules = """<pattern><rule context="@code"><assert id="a" test="matches(., '^[0-9]+$')">kod</assert></rule>
      <rule context="b/text()"><assert id="t" test=". != 'x'">text</assert></rule></pattern>"""
    failures = run(tmp_path, rules, '<r><b code="1">x</b><b code="y">å</b></r>')
    assert [(f.assertion, f.path) for f in failures] == [("t", "/r/b[1]"), ("a", "/r/b[2]/@code")]


def test_rules_cannot_read_files(tmp_path: Path) -> None:
    secret = tmp_path / "secret.xml"
    secret.write_text("<hemligt/>", encoding="utf-8")
    tests = (
        f"doc-available('{secret.as_uri()}')",
        f"unparsed-text-available('{secret.as_uri()}')",
        "doc-available('secret.xml')",
    )
    rules = "".join(f'<report test="{test}">läst</report>' for test in tests)
    assert run(tmp_path, f'<pattern><rule context="/*">{rules}</rule></pattern>', "<r/>") == []


@pytest.mark.parametrize(
    ("rules", "document"),
    [
        ('<pattern><rule context="a"><assert test="(">x</assert></rule></pattern>', "<a/>"),
        ('<pattern><rule context="a"><extends rule="r"/></rule></pattern>', "<a/>"),
        ('<pattern abstract="true" id="p"/>', "<a/>"),
        ('<include href="other.sch"/>', "<a/>"),
        ('<x:function xmlns:x="http://www.w3.org/1999/XSL/Transform" name="f"/>', "<a/>"),
        ('<ns prefix="" uri="urn:d"/>', "<a/>"),
        ('<pattern><rule context="a"><assert test="1 div xs:integer(0)">x</assert></rule></pattern>', "<a/>"),
        ("", "<a>"),
        ("", '<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/hostname">]><a>&e;</a>'),
        ("", "<!DOCTYPE a><a/>"),
    ],
)
def test_what_cannot_be_judged_is_told_not_passed(tmp_path: Path, rules: str, document: str) -> None:
    with pytest.raises(SchemaSetError) as caught:
        run(tmp_path, rules, document)
    assert "rules.sch" in caught.value.message or "document.xml" in caught.value.message


def test_other_query_languages_are_refused(tmp_path: Path) -> None:
    (tmp_path / "r.sch").write_text(HEAD.replace("xslt2", "xslt") + "</schema>", encoding="utf-8")
    with pytest.raises(SchemaSetError, match="queryBinding"):
        run_schematron(tmp_path / "r.sch", SAMPLES / "ERMS.xml")


def test_a_missing_file_is_told_by_name(tmp_path: Path) -> None:
    with pytest.raises(SchemaSetError, match=r"nowhere\.xml"):
        run_schematron(ERMS_RULES, tmp_path / "nowhere.xml")


def test_many_failures_among_many_siblings_are_all_placed(tmp_path: Path) -> None:
    rules = '<pattern><rule context="a"><assert id="n" test="@n mod 2 = 0">udda</assert></rule></pattern>'
    document = "<r>" + "".join(f'<a n="{n}"/><!-- c -->' for n in range(6000)) + "</r>"
    failures = run(tmp_path, rules, document)
    assert [failure.path for failure in failures] == [f"/r/a[{n + 1}]" for n in range(1, 6000, 2)]


def test_four_threads_judge_at_once(tmp_path: Path) -> None:
    changed = erms_with(tmp_path, 'agentType="sender"', 'agentType="other"')
    found: list[str] = []

    def work() -> None:
        for _ in range(3):
            found.extend(failure.assertion for failure in run_schematron(ERMS_RULES, changed))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == ["ermsAgentTypeOther"] * 12
