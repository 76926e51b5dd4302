// A table that fits needs no tab stop; one that must scroll keeps it.

export function enhanceTables() {
  if (!("ResizeObserver" in window)) return;
  const observer = new ResizeObserver((entries) => entries.forEach(({ target }) => fit(target)));
  document.querySelectorAll("[data-table-region]").forEach((region) => {
    fit(region);
    observer.observe(region);
  });
}

function fit(region) {
  const isWider = region.scrollWidth > region.clientWidth;
  region.toggleAttribute("data-scrolls", isWider);
  if (isWider) region.tabIndex = 0;
  else region.removeAttribute("tabindex");
}
