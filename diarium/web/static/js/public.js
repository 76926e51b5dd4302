// Entry of the public side: every module enhances a page that works without it.
import { enhanceCopying } from "./copying.js";
import { enhanceDates } from "./dates.js";
import { focusMessage } from "./focus.js";
import { guardForms } from "./guard.js";
import { enhanceOrders } from "./orders.js";
import { enhanceSuggesting } from "./suggesting.js";
import { enhanceTables } from "./tables.js";

enhanceDates();
guardForms();
enhanceTables();
enhanceSuggesting();
enhanceCopying();
enhanceOrders();
focusMessage();
