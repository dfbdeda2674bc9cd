/**
 * Formats times and days for a language.
 * @param {string} language
 * @param {(key: string) => string} t
 */
export function clock(language, t) {
  const time = new Intl.DateTimeFormat(language, { hour: "numeric", minute: "2-digit" });
  const day = new Intl.DateTimeFormat(language, { weekday: "long", day: "numeric", month: "long" });
  const dayWithYear = new Intl.DateTimeFormat(language, { day: "numeric", month: "long", year: "numeric" });
  const keyOf = (date) => `${date.getFullYear()}-${date.getMonth()}-${date.getDate()}`;
  return {
    time: (iso) => time.format(new Date(iso)),
    dayKey: (iso) => keyOf(new Date(iso)),
    dayLabel(iso) {
      const date = new Date(iso);
      const now = new Date();
      const before = new Date(now);
      before.setDate(now.getDate() - 1);
      if (keyOf(date) === keyOf(now)) return t("today");
      if (keyOf(date) === keyOf(before)) return t("yesterday");
      return (date.getFullYear() === now.getFullYear() ? day : dayWithYear).format(date);
    },
  };
}
