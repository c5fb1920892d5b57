//! Units of measure as they stand behind numbers, in the spellings of all languages of the product. `500 ml`,
//! `500ml` and `500 millilitres` are one thing. Invariant: a spelling belongs to one unit.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::domain::fold::without_accents;

/// What a double prime behind a number means.
pub(super) const INCH: &str = "inch";

/// The unit as it is joined to its number, if the lower-case word is one.
pub(super) fn canonical(word: &str) -> Option<&'static str> {
    static SPELLINGS: LazyLock<HashMap<String, &str>> = LazyLock::new(|| {
        let units = UNITS.iter().chain(UNITS_BY_SIGN);
        let spellings = units.flat_map(|(unit, spellings)| {
            let others = spellings.split_whitespace();
            others
                .chain([*unit])
                .map(move |spelling| (without_accents(spelling), *unit))
        });
        spellings.collect()
    });
    if !(1..=SPELLING_BYTES_MAX).contains(&word.len()) {
        return None;
    }
    if word.is_ascii() {
        SPELLINGS.get(word).copied()
    } else {
        SPELLINGS.get(&without_accents(word)).copied()
    }
}

/// No spelling is longer, in bytes: most words need not be looked up.
const SPELLING_BYTES_MAX: usize = 24;

/// Each unit and how it is written besides: in lower case, in all forms that follow numbers.
const UNITS: &[(&str, &str)] = &[
    // Weight.
    (
        "mg",
        "mgs milligram milligrams milligramm milligramme milligrammes miligram miligramy miligramu miligramov \
         miligramow milligrammo milligrammi miligramo miligramos miligrama miligramas miligrame мг миллиграмм \
         миллиграмма миллиграммов",
    ),
    (
        "mcg",
        "µg μg ug mikrogram microgram micrograms mikrogramm mikrogramu мкг",
    ),
    (
        "g",
        "gr grs gram grams gramm gramme grammes grammen gramu gramy gramov gramow gramech gramma grammo \
         grammi gramo gramos grama gramas grame г гр грамм грамма граммов",
    ),
    ("dag", "dkg deka dekagramm dekagram dekagramu дкг"),
    (
        "kg",
        "kgs kilo kilos kilogram kilograms kilogramm kilogramme kilogrammes kilogramy kilogramu kilogramov \
         kilogramow kila kil chilo chili chilogrammo chilogrammi kilogramo kilogramos quilo quilos quilograma \
         quilogramas kilogrami kilograme kilogramul кг килограмм килограмма килограммов кило",
    ),
    (
        "t",
        "tonne tonnes tonnen ton tons tuna tun tony tona tonn тонна тонны тонн т",
    ),
    (
        "lb",
        "lbs pound pounds pfund livre livres libra libras libbra libbre funt funty funtow фунт фунта фунтов",
    ),
    (
        "oz",
        "ounce ounces unze unzen once onces onza onzas oncia once uncja uncje унция унции унций",
    ),
    (
        "ct",
        "carat carats karat karaty karatow karatu kt карат карата каратов",
    ),
    // Volume.
    (
        "ml",
        "mls millilitre millilitres milliliter milliliters mililitr mililitry mililitru mililitrov mililitrow \
         mililitre mililitri mililitro mililitros millilitro millilitri мл миллилитр миллилитра миллилитров",
    ),
    (
        "cl",
        "centilitre centilitres centiliter centiliters centilitr centilitro centilitri centilitros сл",
    ),
    (
        "dl",
        "decilitre decilitres deciliter deciliters decilitr decilitru decilitro decilitri дл",
    ),
    (
        "l",
        "lt ltr ltrs lit litre litres liter liters litern litr litry litru litrov litrow litra litro litri litros \
         litrul л литр литра литров",
    ),
    ("hl", "hektolitr hektoliter hectolitre hectoliter гл"),
    ("m3", "cbm kubikmeter cubicmeter mc м3 куб"),
    ("cm3", "ccm cc см3"),
    (
        "gal",
        "gallon gallons gallone gallonen galon galony galonu галлон галлона галлонов",
    ),
    ("pt", "pint pints pinte pinten pinty пинта"),
    ("floz", ""),
    // Length.
    (
        "mm",
        "millimetre millimetres millimeter millimeters milimetr milimetry milimetru milimetrov milimetrow milimeter \
         milimetre milimetri milimetro milimetros millimetro millimetri мм миллиметр миллиметра миллиметров",
    ),
    (
        "cm",
        "cms centimetre centimetres centimeter centimeters zentimeter centimetr centymetr centymetry centymetrow \
         centimetry centimetru centimetrov centimetri centimetro centimetros см сантиметр сантиметра сантиметров",
    ),
    (
        "dm",
        "decimetre decimeter dezimeter decimetr decimetru decymetr дм",
    ),
    (
        "m",
        "mt mtr mtrs metre metres meter meters metern metr metry metru metrov metrow metra metro metri metros metrul м \
         метр метра метров",
    ),
    (
        "km",
        "kms kilometre kilometres kilometer kilometers kilometr kilometry kilometru kilometrov kilometrow chilometro \
            chilometri kilometro kilometros quilometro quilometros kilometri км километр километра километров",
    ),
    (
        INCH,
        "in inches zoll zolle palec palce palcu palcov palcovy palcova cal cale cali calowy collar pouce pouces \
         pollice pollici pulgada pulgadas polegada polegadas duim coll colos inci дюйм дюйма дюймов",
    ),
    (
        "ft",
        "feet foot fuss stopa stopy pied pieds piede piedi фут фута футов",
    ),
    ("yd", "yard yards ярд ярда ярдов"),
    ("nm", "nanometr nanometer nanometre нм"),
    ("um", "µm μm mikron mikronu mikronow micron microns мкм"),
    // Area.
    ("mm2", "qmm мм2"),
    ("cm2", "qcm см2"),
    ("m2", "qm sqm quadratmeter mq nm2 м2 квм"),
    ("ft2", "sqft"),
    (
        "ha",
        "hektar hektaru hektarow hectare hectares ettaro ettari hectarea hectareas га",
    ),
    // Power and electricity.
    ("mw", ""),
    (
        "w",
        "watt watts wattu wattov watow wat waty vatios vatio вт ватт ватта",
    ),
    ("kw", "kilowatt kilowatts kilowattu kilowatow квт киловатт"),
    ("wh", "wattstunden wattstunde втч"),
    ("kwh", "kilowattstunden kilowattstunde квтч"),
    ("va", "ва"),
    ("kva", "ква"),
    ("hp", "ps bhp cv лс"),
    (
        "v",
        "volt volts voltu voltov woltow wolt voltio voltios вольт в",
    ),
    ("mv", ""),
    ("kv", "кв"),
    (
        "a",
        "amp amps ampere amperes amper ampery amperu amperov amperow amperio amperios ампер",
    ),
    ("ma", "миллиампер"),
    ("ah", "ач"),
    ("mah", "мач"),
    ("ohm", "ohms ohmu ω ом"),
    ("lm", "lumen lumens lumenu lumenow lumenov лм люмен"),
    ("lx", "lux luxu люкс"),
    // Pieces.
    (
        "pcs",
        "pc pce pces piece pieces stk stck stück stuks st ks kus kusy kusu kusov szt sztuk sztuka sztuki pz pezzo pezzi \
         ud uds unidad unidades un unidade unidades buc bucata bucati шт штук штука штуки",
    ),
    // Hungarian; also decibels, which nobody mistakes for pieces.
    ("db", "darab darabos decibel decibels decibelu дб"),
    (
        "pairs",
        "pair paar par pary paru parow paia paire paires пар пара пары",
    ),
];

/// Units that are written by their sign alone.
const UNITS_BY_SIGN: &[(&str, &str)] = &[
    ("bar", "bary baru barow бар"),
    ("dpi", ""),
    ("gb", "gig gigabyte gigabytes гб"),
    ("gbps", ""),
    ("ghz", "гигагерц ггц"),
    ("hz", "hertz гц"),
    ("kb", "кб"),
    ("khz", "кгц"),
    ("mb", "megabyte megabytes мб"),
    ("mbps", ""),
    ("mhz", "мгц"),
    ("mp", "mpx mpix megapixel megapixels мп"),
    ("ms", ""),
    (
        "min",
        "minut minute minutes minuten minuti minutos minuty мин",
    ),
    ("ppm", ""),
    ("psi", ""),
    ("px", "pixel pixels"),
    ("rpm", "obr об"),
    ("tb", "terabyte terabytes тб"),
    ("kcal", ""),
    ("kj", ""),
    ("nf", ""),
    ("uf", "µf μf"),
];

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn a_spelling_belongs_to_one_unit() {
        let mut known = HashSet::new();
        for (unit, spellings) in UNITS.iter().chain(UNITS_BY_SIGN) {
            let all = spellings.split_whitespace().chain([*unit]);
            let own: HashSet<String> = all.map(without_accents).collect();
            for spelling in own {
                assert!(spelling.len() <= SPELLING_BYTES_MAX, "{spelling}");
                assert!(known.insert(spelling.clone()), "{spelling} twice");
            }
        }
    }

    #[test]
    fn units_of_all_languages_are_one() {
        for (unit, spellings) in [
            ("g", "gr gram gramm gramov gramow grammi gramos г граммов"),
            ("kg", "kilo kilogramm kilogramu chilo quilos килограммов"),
            ("ml", "millilitres mililitru мл"),
            ("l", "liter litr litrow litri литров"),
            ("inch", "zoll palcu cali pouces pollici pulgadas дюймов"),
            ("pcs", "stück ks kusov szt pz uds buc шт"),
            ("m2", "qm sqm mq м2"),
            ("w", "watt вт"),
        ] {
            for spelling in spellings.split(' ') {
                assert_eq!(canonical(spelling), Some(unit), "{spelling}");
            }
        }
        assert_eq!(canonical("sock"), None);
    }
}
