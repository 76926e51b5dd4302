"""Puts the schemas, which have a place of their own in the checkout, into the wheel."""

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py


class BuildWithSchemas(build_py):
    """Copies `schemas/` to `diarium/schemas/` of what is built. An editable install uses the checkout's own."""

    def run(self) -> None:
        super().run()
        if self.editable_mode:
            return
        target = Path(self.build_lib) / "diarium" / "schemas"
        target.mkdir(parents=True, exist_ok=True)
        for source in sorted([*Path("schemas").glob("*.xsd"), *Path("schemas").glob("*.sch")]):
            shutil.copyfile(source, target / source.name)


setup(cmdclass={"build_py": BuildWithSchemas})
