// The texts of the comparison of pictures in Arabic.
import type { Arabic } from "../i18n/catalogue";
import type { en } from "./en";

export const ar: Arabic<typeof en> = {
  modes: "طريقة المقارنة",
  side: "جنبًا إلى جنب",
  slider: "مزلاج",
  blink: "تناوب",
  overlay: "تراكب",
  difference: "الفرق",
  "slider.share": "كم يظهر من العنصر",
  "overlay.share": "مدى وضوح العنصر",
  item: "يظهر العنصر",
  entry: "تظهر المادة المعروفة",
  flip: "أظهر الآخر",
  pause: "إيقاف",
  play: "تناوب",
  "difference.hint": "الأسود حيث يتطابقان.",
  stage: "العنصر موضوعًا فوق المادة المعروفة",
  aligned: "أُدير العنصر وكُبّر أو صُغّر ووُضع فوق المادة كما وُجد فيها.",
  "aligned.negative": "أُدير العنصر وكُبّر أو صُغّر وعُكست ألوانه ووُضع فوق المادة كما وُجد فيها.",
  moment: "وُجد هكذا عند {time}؛ وقد يقع في لحظات أخرى في مكان آخر.",
};
