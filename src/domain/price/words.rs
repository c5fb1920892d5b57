//! What the words and signs around the numbers of a price text mean. Invariant: a word is compared whole,
//! so the `ab` of `Stab` and the `l` of `lei` say nothing.

/// A sign of a currency, beside a number or alone.
pub(super) fn is_currency_sign(c: char) -> bool {
    matches!(
        c,
        '$' | '\u{a2}'..='\u{a5}'
            | '\u{58f}'
            | '\u{60b}'
            | '\u{9f2}'
            | '\u{9f3}'
            | '\u{e3f}'
            | '\u{17db}'
            | '\u{20a0}'..='\u{20cf}'
            | '\u{fdfc}'
            | '\u{fe69}'
            | '\u{ff04}'
            | '\u{ffe0}'
            | '\u{ffe1}'
            | '\u{ffe5}'
            | '\u{ffe6}'
            | '\u{5143}'
            | '\u{5186}'
    )
}

/// Every dash people type, and the tildes that stand for one.
pub(super) fn is_dash(c: char) -> bool {
    matches!(
        c,
        '-' | '~' | '\u{2010}'
            ..='\u{2015}'
                | '\u{2212}'
                | '\u{2053}'
                | '\u{301c}'
                | '\u{fe58}'
                | '\u{fe63}'
                | '\u{ff0d}'
                | '\u{ff5e}'
    )
}

/// As it is compared: in small letters, without the dot of an abbreviation and combining accents.
fn plain(word: &str) -> String {
    let word = word.trim_end_matches('.').to_lowercase();
    word.chars()
        .filter(|c| !('\u{300}'..='\u{36f}').contains(c))
        .collect()
}

/// A code, a name or an abbreviation of a currency. Codes that shops write in capitals only are taken in
/// capitals only: `all`, `top` and `try` are words.
pub(super) fn is_currency(word: &str) -> bool {
    is_capital_code(word) || is_currency_name(&plain(word)) || has_three_decimals(word)
}

#[rustfmt::skip]
fn is_capital_code(word: &str) -> bool {
    matches!(
        word,
        "AED" | "AFN" | "ALL" | "AMD" | "ANG" | "AOA" | "ARS" | "AUD" | "AWG" | "AZN" | "BAM" | "BBD" | "BDT" | "BGN"
            | "BIF" | "BMD" | "BND" | "BOB" | "BRL" | "BSD" | "BTN" | "BWP" | "BYN" | "BZD" | "CAD" | "CDF" | "CLP"
            | "CNY" | "COP" | "CRC" | "CUP" | "CVE" | "DJF" | "DOP" | "DZD" | "EGP" | "ERN" | "ETB" | "FJD" | "FKP"
            | "GEL" | "GHS" | "GIP" | "GMD" | "GNF" | "GTQ" | "GYD" | "HKD" | "HNL" | "HRK" | "HTG" | "IDR" | "ILS"
            | "INR" | "IRR" | "ISK" | "JMD" | "JPY" | "KES" | "KGS" | "KHR" | "KMF" | "KPW" | "KRW" | "KYD" | "KZT"
            | "LAK" | "LBP" | "LKR" | "LRD" | "LSL" | "MAD" | "MDL" | "MGA" | "MKD" | "MMK" | "MNT" | "MOP" | "MRU"
            | "MUR" | "MVR" | "MWK" | "MXN" | "MYR" | "MZN" | "NAD" | "NGN" | "NIO" | "NPR" | "NZD" | "PAB" | "PEN"
            | "PGK" | "PHP" | "PKR" | "PYG" | "QAR" | "RMB" | "RWF" | "SAR" | "SBD" | "SCR" | "SDG" | "SGD" | "SHP"
            | "SLE" | "SOS" | "SRD" | "SSP" | "STN" | "SVC" | "SYP" | "SZL" | "THB" | "TJS" | "TMT" | "TOP" | "TRY"
            | "TTD" | "TWD" | "TZS" | "UAH" | "UGX" | "UYU" | "UZS" | "VES" | "VND" | "VUV" | "WST" | "XAF" | "XCD"
            | "XOF" | "XPF" | "YER" | "ZAR" | "ZMW" | "ZWL" | "DH" | "DM" | "KM" | "MT" | "NT" | "RM" | "TL" | "US" | "R"
    )
}

#[rustfmt::skip]
fn is_currency_name(word: &str) -> bool {
    matches!(
        word,
        "eur" | "euro" | "euros" | "eura" | "eurot" | "usd" | "dollar" | "dollars" | "gbp" | "pound" | "pounds"
            | "czk" | "kč" | "kc" | "korun" | "koruna" | "koruny" | "sk" | "pln" | "zł" | "zl" | "złotych" | "złote"
            | "złoty" | "huf" | "ft" | "forint" | "ron" | "lei" | "leu" | "lev" | "leva" | "лв" | "лева" | "rsd"
            | "din" | "dinara" | "дин" | "динара" | "chf" | "sfr" | "fr" | "francs" | "franken" | "sek" | "nok"
            | "dkk" | "kr" | "kronor" | "kroner" | "kn" | "kuna" | "грн" | "гривень" | "rub" | "руб" | "рублей"
            | "р" | "yen" | "yuan" | "rs" | "rupees" | "rp" | "real" | "reais" | "тг" | "тенге" | "лей"
            | "ден" | "ден." | "aed" | "dhs" | "درهم" | "ريال" | "ج.م" | "nis" | "baht" | "บาท" | "vnd" | "đ" | "원"
    )
}

/// Of the currencies that have three decimals (docs/reference/04-data-layout.md §3), by code and by what is
/// written for them.
#[rustfmt::skip]
pub(super) fn has_three_decimals(word: &str) -> bool {
    matches!(word, "BD" | "JD" | "KD" | "LD" | "DT" | "RO" | "R.O" | "R.O.")
        || matches!(
            plain(word).as_str(),
            "bhd" | "iqd" | "jod" | "kwd" | "lyd" | "omr" | "tnd"
                | "د.ب" | "د.ع" | "د.أ" | "د.ا" | "د.ك" | "ل.د" | "ر.ع" | "د.ت"
        )
}

/// Of weight, volume, length or area: what a price is per, when it has three decimals. Not of pieces.
#[rustfmt::skip]
pub(super) fn is_measure(word: &str) -> bool {
    matches!(
        plain(word).as_str(),
        "mg" | "g" | "gr" | "gram" | "dkg" | "dag" | "deka" | "kg" | "kilo" | "q" | "t" | "ton" | "tonne" | "tonnes" | "tona" | "tuna" | "lb" | "lbs" | "oz"
            | "ml" | "cl" | "dl" | "l" | "hl" | "ltr" | "lt" | "liter" | "litre" | "liters" | "litres" | "litr" | "litro"
            | "gal" | "mm" | "cm" | "dm" | "m" | "km" | "foot" | "feet" | "sqft" | "yd" | "bm" | "lfm" | "mb" | "meter" | "metre" | "metr"
            | "qm" | "sqm" | "ha" | "ccm" | "cbm" | "кг" | "г" | "л" | "мл" | "м" | "см"
    )
}

/// `from`: the number behind it is the price.
#[rustfmt::skip]
pub(super) fn is_from(word: &str) -> bool {
    matches!(
        plain(word).as_str(),
        "from" | "ab" | "od" | "da" | "desde" | "dès" | "des" | "de" | "partir" | "vanaf" | "från" | "fra" | "la"
            | "at" | "alkaen" | "от" | "од" | "від" | "από"
    )
}

/// `for`: so many cost the number behind it.
pub(super) fn is_for(word: &str) -> bool {
    matches!(
        plain(word).as_str(),
        "for"
            | "für"
            | "fuer"
            | "za"
            | "pour"
            | "per"
            | "por"
            | "voor"
            | "för"
            | "pentru"
            | "para"
            | "за"
    )
}

/// Stands between the ends of a range.
pub(super) fn is_to(word: &str) -> bool {
    matches!(
        plain(word).as_str(),
        "to" | "bis" | "až" | "az" | "do" | "till" | "tot" | "til" | "до"
    )
}

/// Stands between them where the range has a `from`; elsewhere `2 à 5 €` are two at five each.
pub(super) fn is_to_after_from(word: &str) -> bool {
    matches!(plain(word).as_str(), "a" | "à" | "al" | "hasta" | "la")
}

/// `per`, before a measure.
pub(super) fn is_per(word: &str) -> bool {
    matches!(
        plain(word).as_str(),
        "per"
            | "pro"
            | "za"
            | "je"
            | "na"
            | "por"
            | "par"
            | "pe"
            | "за"
            | "le"
            | "la"
            | "il"
            | "el"
            | "al"
            | "a"
            | "à"
            | "pr"
    )
}
