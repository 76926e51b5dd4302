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
  if (region.scrollWidth > region.clientWidth) region.tabIndex = 0;
  else region.removeAttribute("tabindex");
}
