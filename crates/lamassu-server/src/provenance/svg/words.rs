//! What a drawing says, in each language.

use crate::provenance::Language;

/// The words of one language.
pub struct Words {
    pub title: &'static str,
    pub case: &'static str,
    pub item: &'static str,
    pub picture: &'static str,
    pub sound: &'static str,
    pub borrowed: &'static str,
    pub unknown: &'static str,
    pub nothing: &'static str,
    pub more: &'static str,
    pub also: &'static str,
    pub released: &'static str,
    pub banked: &'static str,
    pub removed: &'static str,
    pub shown: &'static str,
}

impl Words {
    /// Those of `language`.
    pub fn of(language: Language) -> Self {
        match language {
            Language::En => ENGLISH,
            Language::Ar => ARABIC,
        }
    }
}

const ENGLISH: Words = Words {
    title: "Where it comes from",
    case: "Case",
    item: "Item",
    picture: "Picture",
    sound: "Sound",
    borrowed: "Borrowed: a context entry has it too",
    unknown: "From no known release",
    nothing: "No second of it comes from a known release.",
    more: "Not everything is drawn; the table has more.",
    also: "Also in",
    released: "released",
    banked: "banked",
    removed: "removed from its bank since",
    shown: "of it in the item",
};

const ARABIC: Words = Words {
    title: "من أين أتى",
    case: "الحالة",
    item: "العنصر الوارد",
    picture: "صورة",
    sound: "صوت",
    borrowed: "مستعار: لدى مادة سياق أيضًا",
    unknown: "ليس من إصدار معروف",
    nothing: "لا تأتي أي ثانية منه من إصدار معروف.",
    more: "لم يُرسم كل شيء؛ البقية في الجدول.",
    also: "موجود أيضًا في",
    released: "صدر",
    banked: "أضيف",
    removed: "أزيل من بنكه لاحقًا",
    shown: "منه في العنصر",
};
