//! What of a word the dictionary knows: the word, its forms, other ways to write it. Invariant: what is told
//! is in the index, with how many objects have it.

use super::dictionary::Dictionary;
use crate::engine::analysis;

/// What of the other ways to write a word the index knows.
pub(in crate::engine) fn others<D: Dictionary>(
    word: &analysis::TypedWord,
    dictionary: &D,
) -> Result<Vec<(analysis::Other, u64)>, D::Error> {
    let mut known = Vec::new();
    for other in &word.others {
        let objects = objects_with_all(&other.texts, dictionary)?;
        if objects > 0 {
            known.push((other.clone(), objects));
        }
    }
    Ok(known)
}

/// The words that the word is the same as when it is taken apart.
pub(in crate::engine) fn apart<D: Dictionary>(
    word: &analysis::TypedWord,
    dictionary: &D,
) -> Result<Vec<(String, u64)>, D::Error> {
    let mut others = word.others.iter();
    let apart = others.find(|other| other.is_same && other.texts.len() > 1);
    let texts = apart.map_or(&[][..], |apart| apart.texts.as_slice());
    let words = texts
        .iter()
        .map(|text| Ok((text.clone(), dictionary.objects_with(text)?)));
    words.collect()
}

/// How many objects have all of the words at most.
pub(in crate::engine) fn objects_with_all<D: Dictionary>(
    words: &[String],
    dictionary: &D,
) -> Result<u64, D::Error> {
    let mut fewest = u64::MAX;
    for word in words {
        fewest = fewest.min(dictionary.objects_with(word)?);
        if fewest == 0 {
            break;
        }
    }
    Ok(fewest)
}

/// What of the other forms of a word the index knows. A form that is its own stem stands there as it
/// is.
pub(in crate::engine) fn forms<D: Dictionary>(
    word: &analysis::TypedWord,
    dictionary: &D,
) -> Result<Vec<(String, u64)>, D::Error> {
    let mut forms = Vec::new();
    for stem in &word.stems {
        for form in [stem.clone(), format!("{}{stem}", analysis::MARK)] {
            let objects = dictionary.objects_with(&form)?;
            if objects > 0 && form != word.text {
                forms.push((form, objects));
            }
        }
    }
    Ok(forms)
}

/// What of a word and its other forms the index knows.
pub(in crate::engine) fn known_forms<D: Dictionary>(
    word: &analysis::TypedWord,
    dictionary: &D,
) -> Result<Vec<(String, u64)>, D::Error> {
    let mut known = forms(word, dictionary)?;
    let objects = dictionary.objects_with(&word.text)?;
    if objects > 0 {
        known.push((word.text.clone(), objects));
    }
    Ok(known)
}
