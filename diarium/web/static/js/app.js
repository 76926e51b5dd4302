// Entry: every module enhances a page that works without it, and leaves pages alone that lack its hooks.
import { focusMessage } from "./focus.js";
import { enhanceDates } from "./dates.js";
import { enhanceFiles } from "./files.js";
import { guardForms } from "./guard.js";
import { enhanceShortcuts } from "./shortcuts.js";
import { enhanceTyping } from "./typing.js";
import { warnPersonal } from "./personal.js";
import { refreshPage } from "./refresh.js";
import { enhanceTables } from "./tables.js";

enhanceDates();
enhanceFiles();
guardForms();
enhanceTyping();
warnPersonal();
enhanceTables();
enhanceShortcuts();
refreshPage();
focusMessage();
