//! What clients sign instead of what is sent, as far as it happens often. Invariant: a guess is a string to sign with
//! one or two parts other than sent, and says which.

use super::pasted::Pasted;

/// A string that a client may have signed, and the mistake that it would be.
pub(super) struct Guess {
    pub(super) text: String,
    pub(super) mistakes: Vec<&'static str>,
}

type Part = Vec<(String, Option<&'static str>)>;

/// Every combination of at most two mistakes.
pub(super) fn guesses(pasted: &Pasted, path: &str) -> Vec<Guess> {
    let parts = [
        methods(&pasted.method),
        content_types(&pasted.content_type.join(", ")),
        dates(&pasted.date.join(", ")),
        paths(path, &pasted.target),
        vec![
            (String::new(), None),
            ("\n".to_owned(), Some("There is a line feed at the end.")),
        ],
    ];
    let mut found = vec![Guess {
        text: String::new(),
        mistakes: Vec::new(),
    }];
    for (at, part) in parts.iter().enumerate() {
        let is_between = (1..4).contains(&at);
        let longer = found.iter().flat_map(|guess| {
            part.iter().map(move |(text, mistake)| Guess {
                text: format!("{}{}{text}", guess.text, if is_between { "\n" } else { "" }),
                mistakes: guess.mistakes.iter().copied().chain(*mistake).collect(),
            })
        });
        found = longer.filter(|guess| guess.mistakes.len() <= 2).collect();
    }
    let with_returns: Vec<Guess> = found
        .iter()
        .filter(|guess| guess.mistakes.len() <= 1)
        .map(|guess| Guess {
            text: guess.text.replace('\n', "\r\n"),
            mistakes: [
                &guess.mistakes[..],
                &["Lines end with carriage returns, too."],
            ]
            .concat(),
        })
        .collect();
    found.extend(with_returns);
    found.sort_by_key(|guess| guess.mistakes.len());
    found
}

fn methods(sent: &str) -> Part {
    let mut all = vec![(sent.to_owned(), None)];
    all.push((
        sent.to_ascii_lowercase(),
        Some("The method is signed in small letters."),
    ));
    all.push((String::new(), Some("The method is left out.")));
    all
}

fn content_types(sent: &str) -> Part {
    let others = [
        "",
        "application/json",
        "application/json; charset=utf-8",
        "application/json; charset=UTF-8",
        "application/json;charset=utf-8",
        "application/x-www-form-urlencoded",
    ];
    let mut all = vec![(sent.to_owned(), None)];
    let others = others.into_iter().filter(|other| *other != sent);
    all.extend(others.map(|other| {
        (
            other.to_owned(),
            Some("Another content type is signed than is sent."),
        )
    }));
    all
}

fn dates(sent: &str) -> Part {
    let mut all = vec![(sent.to_owned(), None)];
    all.push((String::new(), Some("The date is left out.")));
    if let Some(rest) = sent.strip_suffix(" GMT") {
        for zone in [" +0000", " UTC", ""] {
            let mistake = Some("The date is signed in another form than is sent.");
            all.push((format!("{rest}{zone}"), mistake));
        }
    }
    all
}

fn paths(signed: &str, target: &str) -> Part {
    let mut all = vec![(signed.to_owned(), None)];
    let slash = format!("{signed}/");
    let bare = signed.trim_end_matches('/').to_owned();
    let others = [
        (target.to_owned(), "The query string is signed, too."),
        (slash, "The path is signed with a slash at the end."),
        (bare, "The path is signed without its slash at the end."),
        (
            signed.trim_start_matches('/').to_owned(),
            "The path is signed without its first slash.",
        ),
        (
            signed.replacen("/v1", "", 1),
            "The path is signed without its beginning.",
        ),
        (
            format!("/v1{signed}"),
            "The path is signed with another beginning.",
        ),
    ];
    let others = others.into_iter().filter(|(path, _)| path != signed);
    all.extend(others.map(|(path, mistake)| (path, Some(mistake))));
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_mistakes_are_guessed_the_smallest_first() {
        let pasted = Pasted {
            method: "POST".to_owned(),
            target: "/v1/content?a=b".to_owned(),
            date: vec!["Thu, 29 Jun 2017 12:11:16 GMT".to_owned()],
            content_type: vec!["application/json".to_owned()],
            ..Pasted::default()
        };
        let all = guesses(&pasted, "/v1/content");
        let of = |text: &str| {
            let guess = all.iter().find(|guess| guess.text == text);
            guess.map(|guess| guess.mistakes.clone())
        };
        let date = "Thu, 29 Jun 2017 12:11:16 GMT";
        assert_eq!(
            of(&format!("POST\napplication/json\n{date}\n/v1/content")),
            Some(vec![])
        );
        let with_query = of(&format!("POST\napplication/json\n{date}\n/v1/content?a=b"));
        assert_eq!(with_query, Some(vec!["The query string is signed, too."]));
        let two = of(&format!("post\n\n{date}\n/v1/content")).expect("two mistakes");
        assert_eq!(two.len(), 2);
        assert!(
            of(&format!(
                "POST\r\napplication/json\r\n{date}\r\n/v1/content"
            ))
            .is_some()
        );
        assert!(all.len() < 2_000, "{}", all.len());
        assert!(all.is_sorted_by_key(|guess| guess.mistakes.len()));
    }
}
