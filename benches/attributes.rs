//! What many different attribute names cost: the same feed, each object with ten attributes out of few names and out
//! of many, until it is searchable, and then searches that ask for one of those attributes each:
//!
//! `cargo bench --bench attributes -- [--objects N] [--names FEW,MANY] [--catalog FILE.ndjson[.gz]…]`
//!
//! Objects are products with a title, a price and one of a hundred categories nested in them; of their attributes six in
//! ten are texts, three numbers, one a date. With `--catalog` it is the feed of each file instead, made `N` objects, and
//! searches ask for its commonest attributes. Prints `name: value`; CPU is that of the server process.
//!
//! Measured on two cores that others used as well, each column of an attribute of its own against the column that sparse
//! attributes share, alternately (`VETRINA_BENCH_PROGRAM` names the server): CPU an object at 100,000 objects with 5,000
//! names 227 and 202 µs against 159, of it merges 34 and 33 % against 26 %; at 20,000 196 against 181, 23 % against 19 %,
//! index 8.1 MB against 6.4. Dynamic facets over 5,000 names 39 and 42 ms a query against 18. A facet or an order of a sparse
//! attribute costs 1 to 4 ms more the first time after a segment is there, then the same. With 50 names both are the
//! same program, and differed by up to 20 % from run to run. 19,406 real products of 2,414 names: 332 against 336 µs.

mod measure;

use std::collections::HashMap;
use std::path::PathBuf;
use std::time::Duration;

use measure::catalog::{Catalog, Marking};
use measure::load;
use measure::random::Random;
use measure::server::Server;
use serde_json::{Map, Value, json};

const OBJECTS: usize = 50_000;
const NAMES: [usize; 2] = [50, 5_000];
const ATTRIBUTES_AN_OBJECT: usize = 10;
const CATEGORIES: usize = 100;
const WORDS: [&str; 12] = [
    "lamp", "chair", "table", "mirror", "shelf", "basket", "carpet", "pillow", "bottle", "kettle",
    "candle", "drawer",
];
const BATCH_OBJECTS: usize = 100;
const CONNECTIONS: usize = 2;
/// Searches of each kind, each with another attribute while there are enough of them.
const SEARCHES: usize = 200;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

#[tokio::main]
async fn main() -> Result<()> {
    let (mut objects, mut names) = (OBJECTS, NAMES.to_vec());
    let mut files = Vec::new();
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--objects" => objects = arguments.next().ok_or("how many?")?.parse()?,
            "--names" => {
                let list = arguments.next().ok_or("which numbers of names?")?;
                names = list
                    .split(',')
                    .map(str::parse)
                    .collect::<std::result::Result<_, _>>()?;
            }
            // Cargo adds `--bench`.
            flag if flag.starts_with("--") => {}
            file => files.push(PathBuf::from(file)),
        }
    }
    for file in &files {
        let catalog = Catalog::grown(&[Catalog::read(file)?], objects)?;
        let names = commonest(&catalog)?;
        measure(&catalog, &names).await?;
    }
    if !files.is_empty() {
        return Ok(());
    }
    let mut cost = Vec::with_capacity(names.len());
    for names in names {
        let asked = (0..SEARCHES).map(|number| format!("a{}", number * 7 % names));
        let asked: Vec<String> = asked.collect();
        cost.push(measure(&feed(objects, names), &asked).await?);
    }
    if let [first, .., last] = cost.as_slice() {
        let ratio = last.as_secs_f64() / first.as_secs_f64();
        println!("most names against fewest, CPU an object: {ratio:.2} ×");
    }
    Ok(())
}

/// The CPU of the whole import; searches ask for these attributes in turn.
async fn measure(catalog: &Catalog, attributes: &[String]) -> Result<Duration> {
    let objects = catalog.len();
    let server = Server::start().await?;
    let name = |what: &str| format!("{}, {what}", catalog.name);
    let batches = catalog.batches(BATCH_OBJECTS, &Marking::AsSent)?;
    let before = server.cpu()?;
    load::closed_loop(&server, batches, CONNECTIONS).await?;
    server.wait_until_at_rest().await?;
    let cpu = server.cpu()?.saturating_sub(before);
    let micros = cpu.as_secs_f64() * 1e6 / objects as f64;
    println!("{}: {micros:.1} µs", name("CPU an object"));
    let merges = server.merge_cpu()?.as_secs_f64() / cpu.as_secs_f64();
    println!("{}: {:.0} %", name("of it merges"), merges * 1e2);
    let (store, index) = server.disk()?;
    println!("{}: {:.1} MB", name("index"), index as f64 / 1e6);
    println!("{}: {:.1} MB", name("store"), store as f64 / 1e6);
    let json = catalog.bytes() as f64;
    println!(
        "{}: {:.2}",
        name("disk by bytes of JSON"),
        (store + index) as f64 / json
    );
    for (what, parameters) in SEARCH_KINDS {
        for when in ["first", "again"] {
            let before = server.cpu()?;
            for number in 0..SEARCHES {
                let attribute = &attributes[number % attributes.len()];
                let word = WORDS[number % WORDS.len()];
                server.answer(&parameters(attribute, word)).await?;
            }
            let cpu = server.cpu()?.saturating_sub(before);
            let millis = cpu.as_secs_f64() * 1e3 / SEARCHES as f64;
            println!(
                "{}: {millis:.2} ms",
                name(&format!("{what}, {when}, CPU a query"))
            );
        }
    }
    let peak = server.memory_peak()?;
    println!("{}: {:.1} MB", name("memory, peak"), peak as f64 / 1e6);
    Ok(cpu)
}

type SearchKind = (&'static str, fn(&str, &str) -> String);

const SEARCH_KINDS: [SearchKind; 5] = [
    ("words", |_, word| {
        format!("q={word}&size=20&hit_fields=title")
    }),
    ("words and a facet", |attribute, word| {
        format!("q={word}&size=20&hit_fields=title&facets={attribute}")
    }),
    ("a facet of everything", |attribute, _| {
        format!("size=20&hit_fields=title&facets={attribute}")
    }),
    ("dynamic facets", |_, word| {
        format!("q={word}&size=20&hit_fields=title&dynamic_facets_size=5")
    }),
    ("words in the order of an attribute", |attribute, word| {
        format!("q={word}&size=20&hit_fields=title&sort={attribute}:asc")
    }),
];

/// The attributes of most objects first, but for what all have.
fn commonest(catalog: &Catalog) -> Result<Vec<String>> {
    let mut counts: HashMap<String, usize> = HashMap::new();
    for object in catalog.objects() {
        for name in object?["fields"]
            .as_object()
            .into_iter()
            .flat_map(Map::keys)
        {
            *counts.entry(name.clone()).or_default() += 1;
        }
    }
    let mut counts: Vec<(String, usize)> = counts.into_iter().collect();
    // What would end a parameter, or begin another.
    let is_plain = |name: &str| !name.contains([',', ':']);
    counts.retain(|(name, count)| 2 * count < catalog.len() && is_plain(name));
    counts.sort_unstable_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    counts.truncate(SEARCHES);
    println!(
        "{}: {} different attributes asked for",
        catalog.name,
        counts.len()
    );
    let encoded = |name: String| form_urlencoded::byte_serialize(name.as_bytes()).collect();
    Ok(counts.into_iter().map(|(name, _)| encoded(name)).collect())
}

fn feed(objects: usize, names: usize) -> Catalog {
    let mut random = Random::new(17);
    let lines = (0..objects).map(|number| object(number, names, &mut random).to_string());
    Catalog::of_lines(format!("{names} names"), lines.collect())
}

fn object(number: usize, names: usize, random: &mut Random) -> Value {
    let mut fields = Map::new();
    let mut title: Vec<&str> = (0..3).map(|_| *random.of(&WORDS)).collect();
    title.dedup();
    fields.insert(
        "title".to_owned(),
        json!(format!("{} {number}", title.join(" "))),
    );
    fields.insert(
        "web_url".to_owned(),
        json!(format!("https://shop.example/p/{number}")),
    );
    fields.insert(
        "price_amount".to_owned(),
        json!(random.below(100_000) as f64 / 100.0),
    );
    while fields.len() < 3 + ATTRIBUTES_AN_OBJECT {
        let attribute = random.below(names);
        fields.insert(format!("a{attribute}"), value(attribute, random));
    }
    let category = random.below(CATEGORIES);
    json!({
        "identity": format!("p{number}"),
        "type": "product",
        "fields": fields,
        "nested": [{
            "type": "category",
            "identity": format!("c{category}"),
            "fields": {
                "title": format!("Category {category}"),
                "web_url": format!("https://shop.example/c/{category}"),
            },
        }],
    })
}

fn value(attribute: usize, random: &mut Random) -> Value {
    match attribute % 10 {
        0..=3 => json!(format!("{} {}", random.of(&WORDS), random.below(3))),
        4 => json!(format!("{} cm", random.below(200))),
        5 => json!([*random.of(&WORDS), *random.of(&WORDS)]),
        6 | 7 => json!(random.below(500)),
        8 => json!(random.below(1_000_000) as f64 / 1_000.0),
        _ => json!(format!(
            "2025-{:02}-{:02}T10:00:00Z",
            1 + random.below(12),
            1 + random.below(28)
        )),
    }
}
