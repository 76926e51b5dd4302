"""All pages of the staff side."""

from diarium.web import administration, cases, exports, login, records, search, start
from diarium.web.registration import views as registration

BLUEPRINTS = (
    login.blueprint,
    start.blueprint,
    registration.blueprint,
    cases.blueprint,
    records.blueprint,
    search.blueprint,
    exports.blueprint,
    administration.blueprint,
)
