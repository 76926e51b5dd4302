"""All pages of the staff side."""

from diarium.web import (
    account,
    administration,
    cases,
    contacts,
    deliveries,
    disclosure,
    disposal,
    exports,
    imports,
    lists,
    login,
    reading_room,
    records,
    registration_templates,
    search,
    secrecy,
    start,
)
from diarium.web.correspondence import dispatches, letter_templates, writing
from diarium.web.inbox import views as inbox
from diarium.web.packages import views as packages
from diarium.web.publishing import views as publishing
from diarium.web.registration import views as registration

BLUEPRINTS = (
    login.blueprint,
    account.blueprint,
    start.blueprint,
    inbox.blueprint,
    registration.blueprint,
    registration_templates.blueprint,
    contacts.blueprint,
    lists.blueprint,
    cases.blueprint,
    records.blueprint,
    writing.blueprint,
    dispatches.blueprint,
    letter_templates.blueprint,
    disclosure.blueprint,
    publishing.blueprint,
    secrecy.blueprint,
    search.blueprint,
    exports.blueprint,
    deliveries.blueprint,
    disposal.blueprint,
    packages.blueprint,
    imports.blueprint,
    reading_room.blueprint,
    administration.blueprint,
)
