"""XML signatures of incoming CAP, over the bytes as received: what was signed, by which key, and nothing about trust.

CAP 1.2 §3.3.4.1: an enveloped XML-DSig signature. A key or certificate inside the message proves nothing: whoever
changes the message can change it too. What counts is verified with the certificates that are handed in, and what was
signed must read as the very alert that the hub takes out of the bytes: no element moved, copied or wrapped.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from lxml import etree
from signxml.algorithms import DigestAlgorithm, SignatureMethod
from signxml.verifier import SignatureConfiguration, VerifyResult, XMLVerifier

from hub.formats.cap.parse import MAX_BYTES
from hub.formats.cap.read import read
from hub.formats.cap.vocabulary import XML_DSIG
from hub.rules.rule import Rule

_DS = {"ds": XML_DSIG}
_SIGNATURE = f"{{{XML_DSIG}}}Signature"
_ENVELOPED = f"{XML_DSIG}enveloped-signature"
#: what may be done to the message before it is hashed: canonical XML, with or without exclusive namespaces, no comments
_CANONICAL = frozenset(
    {
        "http://www.w3.org/TR/2001/REC-xml-c14n-20010315",
        "http://www.w3.org/2006/12/xml-c14n11",
        "http://www.w3.org/2001/10/xml-exc-c14n#",
    }
)
#: SHA-1 is broken (NIST SP 800-131A r2); a MAC is no signature; 224 bits and DSA nobody uses here
_METHODS = frozenset(
    method
    for method in SignatureMethod
    if not method.name.startswith(("HMAC", "DSA")) and "SHA1" not in method.name and "224" not in method.name
)
_DIGESTS = frozenset(one for one in DigestAlgorithm if one.name not in {"SHA1", "SHA224", "SHA3_224"})


class Verdict(StrEnum):
    """What became of a signature. `valid` and `outside` are only said by who knows the trust list."""

    UNSIGNED = "unsigned"
    VALID = "valid"
    BROKEN = "broken"
    UNTRUSTED = "untrusted"
    OUTSIDE = "outside"


@dataclass(frozen=True, slots=True)
class Signature:
    """`rule` is stable; `fingerprint` the SHA-256 (hex) of the certificate that verified it, empty where none did."""

    verdict: Verdict
    rule: Rule
    text: str
    fingerprint: str = ""


UNSIGNED = Signature(Verdict.UNSIGNED, Rule.UNSIGNED, "the message carries no signature")


class _Malformed(Exception):
    """The signature is not one we verify: `rule` and text say why; `verdict` whether it could be an honest one."""

    def __init__(self, rule: Rule, text: str, verdict: Verdict = Verdict.BROKEN) -> None:
        super().__init__(text)
        self.rule = rule
        self.verdict = verdict


def verify(data: bytes, certificates: Sequence[x509.Certificate], at: datetime) -> Signature:
    """Verifies the message with each of the certificates, which must be in their period at `at`. Never raises.

    Valid only by one of them. Untrusted: it holds together, by a key that is not among them. Broken: it does not hold.
    """
    try:
        root = _root(data)
        found = root.findall(f".//{_SIGNATURE}")
        if not found:
            return UNSIGNED
        _must_be_plain(root, found)
    except _Malformed as error:
        return Signature(error.verdict, error.rule, str(error))
    except (etree.LxmlError, ValueError):
        return Signature(Verdict.BROKEN, Rule.SIGNATURE_UNREADABLE, "the message is no XML that could be verified")
    for certificate in certificates:
        result = _try(data, certificate, at)
        if isinstance(result, VerifyResult):
            return _check_signed(data, result, fingerprint_of(certificate))
    return _by_its_own_key(data, root, at)


def fingerprint_of(certificate: x509.Certificate) -> str:
    """SHA-256 over the DER form, in hex: how the trust list names a certificate."""
    return certificate.fingerprint(SHA256()).hex()


def _root(data: bytes) -> etree._Element:
    if len(data) > MAX_BYTES:
        raise _Malformed(Rule.SIGNATURE_UNREADABLE, "the message is too large")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    root = etree.fromstring(data, parser)
    docinfo = root.getroottree().docinfo
    if docinfo.internalDTD is not None or docinfo.externalDTD is not None:
        raise _Malformed(Rule.SIGNATURE_UNREADABLE, "a document type declaration is never accepted")
    return root


def _must_be_plain(root: etree._Element, found: Sequence[etree._Element]) -> None:
    """One enveloped signature over the whole message, and nothing that moves, fetches or selects."""
    if any(signature.getparent() is not root for signature in found):
        raise _Malformed(Rule.SIGNATURE_PLACE, "a signature stands elsewhere than under alert")
    if len(found) > 1:
        text = "several signatures: the hub verifies one, over everything else"
        raise _Malformed(Rule.SIGNATURE_SEVERAL, text, Verdict.UNTRUSTED)
    references = found[0].findall("ds:SignedInfo/ds:Reference", _DS)
    if len(references) != 1 or references[0].get("URI", "") != "":
        raise _Malformed(Rule.SIGNATURE_REFERENCE, "the signature must cover the whole message, and nothing else")
    transforms = [each.get("Algorithm", "") for each in references[0].findall("ds:Transforms/ds:Transform", _DS)]
    if _ENVELOPED not in transforms or set(transforms) - _CANONICAL - {_ENVELOPED}:
        raise _Malformed(
            Rule.SIGNATURE_TRANSFORM, "only enveloped-signature and canonical XML may come before the digest"
        )
    method = found[0].find("ds:SignedInfo/ds:SignatureMethod", _DS)
    digest = references[0].find("ds:DigestMethod", _DS)
    algorithms = [each.get("Algorithm", "") if each is not None else "" for each in (method, digest)]
    if algorithms[0] not in {one.value for one in _METHODS} or algorithms[1] not in {one.value for one in _DIGESTS}:
        text = "the algorithms must be RSA or ECDSA with SHA-256 or better"
        raise _Malformed(Rule.SIGNATURE_WEAK, text, Verdict.UNTRUSTED)


def _try(data: bytes, certificate: x509.Certificate | None, at: datetime) -> VerifyResult | Exception:
    """What the library says, with this certificate or, where there is none, with the bare key in the message."""
    config = SignatureConfiguration(
        require_x509=certificate is not None,
        location="./",
        expect_references=1,
        signature_methods=_METHODS,
        digest_algorithms=_DIGESTS,
        verification_time=at,
        ignore_ambiguous_key_info=True,  # the key is ours; what the message says of keys is not looked at
    )
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        result = XMLVerifier().verify(data, x509_cert=certificate, parser=parser, expect_config=config)
    except Exception as error:  # noqa: BLE001 - a hostile signature may make the library raise anything: it is a verdict
        return error
    return result if isinstance(result, VerifyResult) else ValueError("several references")


def _check_signed(data: bytes, result: VerifyResult, fingerprint: str) -> Signature:
    """See what is signed: the alert we would take from the bytes is the alert that was signed, in every field."""
    signed, received = read(result.signed_data).alert, read(data).alert
    if signed is None or signed != received:
        return Signature(Verdict.BROKEN, Rule.SIGNATURE_WRAPPED, "what was signed is not the message as it reads")
    return Signature(Verdict.VALID, Rule.SIGNATURE_VALID, "signed by a certificate of the trust list", fingerprint)


def _by_its_own_key(data: bytes, root: etree._Element, at: datetime) -> Signature:
    """No certificate of ours verified it; whether it holds at all is judged by the key it carries, if it has one."""
    carried = root.findtext(f"{_SIGNATURE}/ds:KeyInfo/ds:X509Data/ds:X509Certificate", None, _DS)
    bare = root.find(f"{_SIGNATURE}/ds:KeyInfo/ds:KeyValue", _DS)
    if carried is None and bare is None:
        return Signature(Verdict.UNTRUSTED, Rule.SIGNATURE_UNTRUSTED, "no certificate of the trust list verifies it")
    try:
        certificate = x509.load_der_x509_certificate(base64.b64decode(carried)) if carried is not None else None
    except ValueError:
        return Signature(Verdict.BROKEN, Rule.SIGNATURE_BROKEN, "the certificate it carries cannot be read")
    if certificate is not None:  # its own period is not the question: nothing it says is believed
        at = min(max(at, certificate.not_valid_before_utc), certificate.not_valid_after_utc)
    result = _try(data, certificate, at)
    if isinstance(result, VerifyResult):
        text = "signed by a key that is not on the trust list; a key inside the message proves nothing"
        return Signature(Verdict.UNTRUSTED, Rule.SIGNATURE_UNTRUSTED, text)
    return Signature(Verdict.BROKEN, Rule.SIGNATURE_BROKEN, "the signature does not match the message")
