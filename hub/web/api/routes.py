"""Every endpoint of /api/v1, in one table."""

from __future__ import annotations

from hub.access.permissions import Permission
from hub.alert.lifecycle import Stage
from hub.alert.views import AlertPage, AlertView, Progress
from hub.dossier.authority import AlertAuthority, AuthorityExplanation
from hub.web.api import authority, decisions, drafts, events, places, reading
from hub.web.api.administration import ADMIN_ENDPOINTS
from hub.web.api.calls import CALL_ENDPOINTS
from hub.web.api.duties import DUTY_ENDPOINTS
from hub.web.api.endpoint import ALERT, EVENTS, IF_MATCH, LIST, XML, Param, Route
from hub.web.api.estimate import ESTIMATE_ENDPOINTS
from hub.web.api.ingest import INGEST_ENDPOINTS
from hub.web.api.issuing import ISSUING_ENDPOINTS
from hub.web.api.notices import NOTICE_ENDPOINTS
from hub.web.api.papers import PAPER_ENDPOINTS
from hub.web.api.planning import PLANNING_ENDPOINTS
from hub.web.api.preferences import PREFERENCES_ENDPOINTS
from hub.web.api.privacy import PRIVACY_ENDPOINTS
from hub.web.api.questions import QUESTION_ENDPOINTS
from hub.web.api.roster import ROSTER_ENDPOINTS
from hub.web.api.session_routes import SESSION_ENDPOINTS
from hub.web.api.standing import STANDING_ENDPOINTS

PLAN = (
    Param("channels", "Channels to use; none named means every configured one", LIST),
    Param("regions", "Region keys added to the alert's own areas", LIST),
    Param("groups", "Only people in any of these groups; none named means everyone", LIST),
)
UNLOCATED = Param(
    "unlocated",
    "Regions whose people without coordinates are included where a shape covers a part; `none` for nobody's",
    LIST,
)
ISSUERS = (
    Param("joint", "Units that issue it jointly with the drafter's own, each to sign for itself", LIST),
    Param("consulted", "Units that were consulted, which need not sign", LIST),
    Param("for", "The unit whose warning it is, for which the drafter's own publishes under an entrustment"),
    Param("publisher", "The warning centre that publishes it for the drafter's own unit, under an entrustment"),
)
REFERRAL = (
    Param("referral", "Why it goes to the competent unit at once: a draft that exceeds one's own"),
    Param("to_unit", "With `referral`: another unit than the competent one, above it"),
)
PAGING = (
    Param("cursor", "`next` of the page before", {"type": "integer", "minimum": 1}),
    Param("limit", "Most items on the page", {"type": "integer", "minimum": 1, "maximum": reading.PAGE_MOST}),
    Param("stage", "Only alerts in this stage", {"type": "string", "enum": [str(stage) for stage in Stage]}),
)

ENDPOINTS: tuple[Route, ...] = (
    Route(
        "POST",
        "/validate",
        "validate",
        "Check a CAP document and keep nothing",
        drafts.validate,
        drafts.CapCheck,
        body=XML,
        asks=True,
        permission=Permission.HUB_DOCUMENT_CHECK,
    ),
    Route(
        "GET",
        "/alerts",
        "listAlerts",
        "List alerts",
        reading.listing,
        AlertPage,
        params=PAGING,
        permission=Permission.UNIT_ALERT_READ,
    ),
    Route(
        "POST",
        "/alerts",
        "createAlert",
        "Draft an alert from CAP",
        drafts.create,
        AlertView,
        201,
        (*PLAN, UNLOCATED, *ISSUERS, *REFERRAL),
        XML,
        permission=Permission.UNIT_ALERT_DRAFT,
    ),
    Route("GET", ALERT, "getAlert", "Show one alert", reading.show, AlertView, permission=Permission.UNIT_ALERT_READ),
    Route(
        "PUT",
        ALERT,
        "replaceAlert",
        "Edit a draft",
        drafts.replace,
        AlertView,
        200,
        (*PLAN, UNLOCATED, IF_MATCH),
        XML,
        permission=Permission.UNIT_ALERT_DRAFT,
    ),
    Route(
        "GET",
        f"{ALERT}/cap",
        "getCap",
        "The alert as strict CAP 1.2",
        reading.cap,
        XML,
        permission=Permission.UNIT_ALERT_READ,
    ),
    Route(
        "GET",
        f"{ALERT}/forms",
        "getForms",
        "What each channel sends",
        reading.forms,
        list[reading.FormView],
        permission=Permission.UNIT_ALERT_READ,
    ),
    Route(
        "GET",
        f"{ALERT}/progress",
        "getProgress",
        "How delivery stands",
        reading.progress,
        Progress,
        permission=Permission.UNIT_ALERT_READ,
    ),
    Route(
        "GET",
        f"{ALERT}/events",
        "watchProgress",
        "Progress as it changes",
        events.events,
        EVENTS,
        permission=Permission.UNIT_ALERT_READ,
    ),
    Route(
        "GET",
        f"{ALERT}/report",
        "getReport",
        "The report of the alert",
        reading.report,
        permission=Permission.UNIT_ALERT_READ,
    ),
    Route(
        "POST",
        f"{ALERT}/submit",
        "submitAlert",
        "Freeze a draft and ask for decisions",
        decisions.submit,
        AlertView,
        200,
        body=decisions.SubmitBody,
        permission=Permission.UNIT_ALERT_DRAFT,
    ),
    Route(
        "POST",
        f"{ALERT}/decisions",
        "decide",
        "Review or sign exactly one digest",
        decisions.decide,
        AlertView,
        200,
        body=decisions.DecisionBody,
        permission=Permission.UNIT_ALERT_DECIDE,
    ),
    Route(
        "POST",
        f"{ALERT}/release",
        "releaseAlert",
        "Release what was approved",
        decisions.release,
        AlertView,
        200,
        body=decisions.ReleaseBody,
        permission=Permission.UNIT_ALERT_RELEASE,
    ),
    Route(
        "POST",
        f"{ALERT}/update",
        "updateAlert",
        "Draft an Update of a released alert",
        drafts.update,
        AlertView,
        201,
        (Param("reason", "Why another unit than the issuer changes it"),),
        body=XML,
        permission=Permission.UNIT_ALERT_DRAFT,
    ),
    Route(
        "POST",
        f"{ALERT}/cancel",
        "cancelAlert",
        "Draft a Cancel of a released alert",
        drafts.cancel,
        AlertView,
        201,
        body=drafts.CancelBody,
        permission=Permission.UNIT_ALERT_DRAFT,
    ),
    Route(
        "POST",
        f"{ALERT}/withdraw",
        "withdrawAlert",
        "Take an alert back before its release",
        drafts.withdraw,
        AlertView,
        200,
        body=drafts.WithdrawBody,
        permission=Permission.UNIT_ALERT_DRAFT,
    ),
    Route(
        "GET",
        f"{ALERT}/authority",
        "getAuthority",
        "Who is still wanted, and what the caller may do",
        authority.of_alert,
        AlertAuthority,
        permission=Permission.UNIT_ALERT_READ,
    ),
    Route(
        "GET",
        "/authority/explain",
        "explainAuthority",
        "May this official do that, and by which rule",
        authority.explain,
        AuthorityExplanation,
        params=authority.EXPLAIN,
        permission=Permission.HUB_POLICY_EXPLAIN,
    ),
    Route(
        "GET",
        "/regions/{key}",
        "getRegion",
        "Show one region",
        places.region,
        places.RegionView,
        permission=Permission.HUB_REGION_READ,
    ),
    Route(
        "GET",
        "/recipients/count",
        "countRecipients",
        "Count the people an audience reaches",
        places.count,
        places.CountView,
        params=PLAN,
        permission=Permission.HUB_AUDIENCE_COUNT,
    ),
    *PREFERENCES_ENDPOINTS,
    *PAPER_ENDPOINTS,
    *ISSUING_ENDPOINTS,
    *PLANNING_ENDPOINTS,
    *QUESTION_ENDPOINTS,
    *ESTIMATE_ENDPOINTS,
    *ADMIN_ENDPOINTS,
    *PRIVACY_ENDPOINTS,
    *SESSION_ENDPOINTS,
    *INGEST_ENDPOINTS,
    *STANDING_ENDPOINTS,
    *DUTY_ENDPOINTS,
    *NOTICE_ENDPOINTS,
    *ROSTER_ENDPOINTS,
    *CALL_ENDPOINTS,
)
