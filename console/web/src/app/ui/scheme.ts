/** isDark tells whether the page is dark now: by the person's choice here, or by the system's. */
export function isDark(): boolean {
  const scheme = document.documentElement.style.colorScheme;
  return scheme === 'dark' || (scheme !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches);
}
