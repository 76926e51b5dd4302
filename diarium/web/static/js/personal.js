// Warns while typing of what should not stand in a public title. Help only: the server scans again when saving.

const NUMBER = /(?<![\d-])(?:18|19|20)?(\d{2})(\d{2})(\d{2})[-+–\s]?(\d{4})(?![\d-])/g;
const EMAIL = /[^\s@<>()]{1,64}@[^\s@<>()]{1,200}\.[A-Za-z]{2,20}/;
const PHONE = /(?<![\d/-])(?:\+46|0046|0)[\s-]?(?:\(0\)\s?)?[1-9]\d{0,2}[\s-]?\d{2,3}[\s-]?\d{2}[\s-]?\d{2,3}(?![\d/-])/;

export function warnPersonal() {
  document.querySelectorAll("[data-warn-personal]").forEach((field) => {
    const note = document.querySelector(`[data-warning-for="${CSS.escape(field.id)}"]`);
    if (!note) return;
    const check = () => {
      const found = findings(field.value, note.dataset);
      const text = found.length ? `${note.dataset.text} ${found.join(", ")}.` : "";
      // Same text is not set again: a live region would read it at each key.
      if (note.textContent !== text) note.textContent = text;
    };
    field.addEventListener("input", check);
    check();
  });
}

function findings(text, words) {
  const found = [];
  const hasNumber = [...text.matchAll(NUMBER)].some(isPersonalNumber);
  if (hasNumber) found.push(words.textNumber);
  if (EMAIL.test(text)) found.push(words.textEmail);
  if (!hasNumber && PHONE.test(text)) found.push(words.textPhone);
  return found;
}

// A date (coordination numbers add 60 to the day) and a check digit; organisation numbers have a month of 20 or more.
function isPersonalNumber([, year, month, day, last]) {
  const monthNumber = Number(month);
  const dayNumber = Number(day) > 60 ? Number(day) - 60 : Number(day);
  if (monthNumber < 1 || monthNumber > 12 || dayNumber < 1 || dayNumber > 31) return false;
  const digits = [...`${year}${month}${day}${last}`].map(Number);
  const sum = digits.reduce((total, digit, index) => {
    const value = index % 2 === 0 ? digit * 2 : digit;
    return total + (value > 9 ? value - 9 : value);
  }, 0);
  return sum % 10 === 0;
}
