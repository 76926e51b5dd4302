"""The table that lawyers read says what the program does, row by row."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from diarium.classification.models import PublishingRule
from diarium.i18n import today
from diarium.identity.permissions import SYSTEM
from diarium.public import explaining
from diarium.public.findings import FileText
from diarium.public.projection import project_case
from diarium.public.reasons import REASON_LABELS, Reason
from diarium.register import closing, disposing, moving, publishing, secrecy_marks
from diarium.register.commands import DocumentFacts, PartyFacts, RestrictionFacts
from diarium.register.models import Case, DisposalDepth, FileReview, Record, ReviewState
from diarium.register.vocabulary import PartyKind
from diarium.secrecy.models import Scope
from tests.conftest import Municipality

COLUMNS = ("number", "direction", "title", "parties", "files")
COMPANY = PartyFacts("Trafikbolaget AB", PartyKind.ORGANISATION)
ANNA = PartyFacts("Anna Svensson", PartyKind.PERSON)
SHOWN = "shown"
# No rule of its own, but what stands for another in the eyes of who may not know of it.
NOT_A_RULE = {Reason.KEPT_FROM_YOU}


@dataclass(slots=True)
class Scene:
    """A case with a record and a released file, of which everything is shown, and what may be changed about it."""

    municipality: Municipality
    session: Session
    case: Case
    record: Record
    text: FileText | None

    def mark(self, scope: Scope, **facts: object) -> None:
        wanted = RestrictionFacts("26:1", scope, **facts)  # type: ignore[arg-type]
        secrecy_marks.mark(self.session, self.municipality.registrar, self.record, wanted)

    def review(self, state: ReviewState) -> None:
        document = self.record.documents[0]
        self.session.add(FileReview(document=document, sha256=document.sha256, findings=["phone"], state=state))
        self.session.flush()


def rule(wanted: PublishingRule) -> Callable[[Scene], None]:
    def change(scene: Scene) -> None:
        assert scene.case.classification is not None
        scene.case.classification.publishing = wanted

    return change


def titled(title: str) -> Callable[[Scene], None]:
    def change(scene: Scene) -> None:
        scene.record.title = title

    return change


def party(facts: PartyFacts) -> Callable[[Scene], None]:
    """Somebody else in the place of the company."""

    def change(scene: Scene) -> None:
        found = scene.record.parties[0]
        found.name, found.kind, found.is_protected = facts.name, facts.kind, facts.is_protected

    return change


def text(content: FileText | None) -> Callable[[Scene], None]:
    def change(scene: Scene) -> None:
        scene.text = content

    return change


def withdraw(scene: Scene) -> None:
    publishing.withdraw(scene.session, scene.municipality.registrar, scene.record, "Fel")


def cancel(scene: Scene) -> None:
    closing.cancel_record(scene.session, scene.municipality.registrar, scene.record, "Fel")


def move(scene: Scene) -> None:
    target = scene.municipality.case(scene.session, classification="1.1").number_text
    moving.move_record(scene.session, scene.municipality.registrar, scene.record, target, "Fel")
    scene.session.refresh(scene.record)


def wait(scene: Scene) -> None:
    scene.case.authority.publish_after_days = 1


def named(scene: Scene) -> None:
    scene.record.title = "Klagomål från Anna Svensson"
    scene.municipality.record(scene.session, scene.case, title="Bilaga", parties=(ANNA,))
    scene.session.refresh(scene.case, ["records"])


def same_title(scene: Scene) -> None:
    other = scene.municipality.record(scene.session, scene.case, title=scene.record.title)
    publishing.withdraw(scene.session, scene.municipality.registrar, other, "Fel")
    scene.session.refresh(scene.case, ["records"])


def restrict_series(scene: Scene) -> None:
    scene.case.series.is_restricted = True


def declassify(scene: Scene) -> None:
    scene.case.classification = None


def take_back(scene: Scene) -> None:
    scene.record.documents[0].is_released = False


def withdraw_file(scene: Scene) -> None:
    publishing.withdraw(scene.session, scene.municipality.registrar, scene.record.documents[0], "Fel")


def dispose(scene: Scene) -> None:
    owned = disposing.belongings(scene.session, scene.case)
    ruling = disposing.Ruling(
        depth=DisposalDepth.EVERYTHING,
        rule="Gallras efter 2 år",
        basis="",
        decision="KS § 7",
        decided_on=today(),
        decided_by="Arja",
        certificate="KS gallring 2026-1",
        certificate_uid=uuid.uuid4(),
    )
    disposing.dispose(scene.session, SYSTEM, scene.case, ruling, owned)


SCENES: Mapping[str, Callable[[Scene], None]] = {
    SHOWN: lambda _scene: None,
    Reason.CLASS_CLOSED: rule(PublishingRule.NOTHING),
    Reason.DISPOSED: dispose,
    Reason.CANCELLED: cancel,
    Reason.MOVED: move,
    Reason.SERIES_RESTRICTED: restrict_series,
    Reason.CLASS_NUMBER_ONLY: rule(PublishingRule.NUMBER_ONLY),
    Reason.NO_CLASS: declassify,
    Reason.WITHDRAWN: withdraw,
    Reason.WAITING: wait,
    Reason.MARKED_WHOLE: lambda scene: scene.mark(Scope.WHOLE),
    Reason.MARKED_TITLE: lambda scene: scene.mark(Scope.TITLE),
    Reason.MARKED_PARTIES: lambda scene: scene.mark(Scope.PARTIES),
    Reason.ANY_MARK: lambda scene: scene.mark(Scope.FILES),
    Reason.PERSONAL_NUMBER: titled("Begäran av 640823-3234"),
    Reason.EMAIL: titled("Svara anna@exempel.se"),
    Reason.PHONE: titled("Ring 070-123 45 67"),
    Reason.NAME: named,
    Reason.TELLS_HIDDEN: same_title,
    Reason.PRIVATE_PERSON: party(ANNA),
    Reason.PROTECTED: party(PartyFacts("Anna Svensson", PartyKind.PERSON, is_protected=True)),
    Reason.CLASS_WITHOUT_FILES: rule(PublishingRule.METADATA),
    Reason.NOT_RELEASED: take_back,
    Reason.FILE_WITHDRAWN: withdraw_file,
    Reason.FILE_MARKED: lambda scene: scene.mark(Scope.FILES, document=scene.record.documents[0].uid),
    Reason.NOT_EXAMINED: text(None),
    Reason.REVIEW_WAITS: text(FileText("Ring 070-123 45 67")),
    Reason.REVIEW_DECLINED: lambda scene: scene.review(ReviewState.DECLINED),
}


def printed() -> dict[str, dict[str, bool]]:
    """The rows of the table in docs/publishing.md."""
    found = {}
    for line in (Path(__file__).parents[2] / "docs" / "publishing.md").read_text(encoding="utf-8").splitlines():
        if row := re.fullmatch(r"\| `(\w+)` \|[^|]*\|((?: (?:yes|no) \|){5})", line):
            cells = [cell.strip() == "yes" for cell in row[2].split("|")[:5]]
            found[row[1]] = dict(zip(COLUMNS, cells, strict=True))
    return found


def test_table_has_a_row_for_every_rule_and_no_other() -> None:
    wanted = {SHOWN, *(reason.value for reason in Reason if reason not in NOT_A_RULE)}
    assert set(printed()) == wanted == {str(key) for key in SCENES}
    assert set(REASON_LABELS) == set(Reason)


@pytest.mark.parametrize("key", list(SCENES))
def test_row_says_what_is_shown_and_staff_are_told_why_not(sqlite_municipality: Municipality, key: str) -> None:
    m = sqlite_municipality
    with m.database.unit_of_work() as session:
        content = "Protokoll om broar"
        file = DocumentFacts(m.store(session, content.encode(), text=content), "fil.txt", is_released=True)
        case = m.case(session, classification="1.1", title="Broar", case_type="Remiss")
        record = m.record(
            session, case, title="Yttrande om broar", record_type="Yttrande", parties=(COMPANY,), documents=(file,)
        )
        scene = Scene(m, session, case, record, FileText(content))
        SCENES[key](scene)
        session.flush()
        session.refresh(case, ["records"])
        shown = project_case(case, lambda _sha256: scene.text)
        if key not in (Reason.NOT_EXAMINED, Reason.REVIEW_WAITS):  # of texts that were not stored
            told = explaining.explain(session, m.registrar, case.uid).of_record(record.uid)
            label = str(REASON_LABELS[Reason(key)]) if key != SHOWN else ""
            said = [*told.why, *(why for fact in told.facts for why in fact.why)]
            said += [why for item in told.files for why in item.why]
            assert (label in said) if label else said == []
        found = next((item for item in shown.records if item.uid == record.uid), None) if shown else None
        seen = {
            "number": found is not None and bool(found.number_text and found.official_on),
            "direction": found is not None and bool(found.direction),
            "title": found is not None and found.title is not None,
            "parties": found is not None and any(item.name for item in found.parties),
            "files": found is not None and bool(found.documents),
        }
    assert seen == printed()[key]
    assert found is None or (found.record_type is None) == (found.title is None) or key in TITLES_ALONE


TITLES_ALONE = {Reason.PERSONAL_NUMBER, Reason.EMAIL, Reason.PHONE, Reason.NAME, Reason.TELLS_HIDDEN}
