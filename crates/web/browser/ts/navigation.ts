// Folds the navigation to its icons and remembers it in a cookie that the server reads.

export function startNavigation(): void {
  document.addEventListener("click", (event) => {
    if (!(event.target instanceof Element) || !event.target.closest("[data-action=narrow]")) return;
    const narrow = document.documentElement.dataset.nav !== "narrow";
    if (narrow) document.documentElement.dataset.nav = "narrow";
    else delete document.documentElement.dataset.nav;
    document.cookie = `rondel_nav=${narrow ? "narrow" : "wide"}; path=/; max-age=31536000; samesite=lax`;
  });
}
