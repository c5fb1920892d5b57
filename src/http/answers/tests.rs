//! What answers take, and that it goes back with the last of their bytes.

use std::io::Write;

use axum::response::IntoResponse;
use http_body_util::BodyExt;

use super::super::body::BodyBudget;
use super::*;

const MIB: usize = 1 << 20;

fn budget() -> AnswerBudget {
    AnswerBudget::new(8 * MIB, 2 * MIB)
}

fn room(connection: &ConnectionAnswers) -> AnswerRoom {
    connection.of_request(BodyBudget::new(0, 0).of_request().proof(), &Method::GET)
}

fn written(room: &AnswerRoom, bytes: usize) -> Result<Body, NoRoom> {
    let mut writer = room.begin()?;
    writer.write_all(&vec![b'x'; bytes]).map_err(|_| NoRoom)?;
    Ok(writer.into_body())
}

#[tokio::test]
async fn an_answer_is_whole_and_each_piece_goes_back_when_it_is_taken() {
    let budget = budget();
    let connection = budget.of_connection();
    for bytes in [0, 1, PIECE_BYTES, PIECE_BYTES + 1, 5 * PIECE_BYTES + 7] {
        let mut body = written(&room(&connection), bytes).expect("room");
        assert_eq!(budget.bytes(), bytes);
        assert_eq!(body.size_hint_exact(), bytes as u64);
        let mut left = bytes;
        while let Some(frame) = body.frame().await {
            let data = frame.expect("never fails").into_data().expect("data");
            left -= data.len();
            assert_eq!(budget.bytes(), left + data.len());
            drop(data);
            assert_eq!(budget.bytes(), left);
        }
        assert_eq!(left, 0);
    }
}

trait Exact {
    fn size_hint_exact(&self) -> u64;
}

impl Exact for Body {
    fn size_hint_exact(&self) -> u64 {
        http_body::Body::size_hint(self)
            .exact()
            .expect("an exact size")
    }
}

#[test]
fn a_connection_may_always_have_one_answer_and_no_more_than_its_share() {
    let budget = budget();
    let connection = budget.of_connection();
    let large = written(&room(&connection), 3 * MIB).expect("alone");
    assert_eq!(written(&room(&connection), 1).err(), Some(NoRoom));
    assert!(written(&room(&budget.of_connection()), 1).is_ok());
    drop(large);
    let _first = written(&room(&connection), MIB).expect("room");
    assert_eq!(written(&room(&connection), 2 * MIB).err(), Some(NoRoom));
    assert!(written(&room(&connection), MIB / 2).is_ok());
}

#[test]
fn large_answers_leave_room_for_small_ones() {
    let budget = budget();
    let connections = [(); 9].map(|()| budget.of_connection());
    let large = |connection| written(&room(connection), MIB);
    let waiting: Vec<Body> = connections.iter().flat_map(large).collect();
    assert_eq!(waiting.len(), 6);
    assert_eq!(budget.bytes(), 6 * MIB);
    assert!(written(&room(&connections[8]), SMALL_BYTES_MAX - PIECE_BYTES).is_ok());
    drop(waiting);
    assert_eq!(budget.bytes(), 0);
}

#[test]
fn an_answer_larger_than_the_budget_is_refused_to_strangers_alone() {
    let budget = budget();
    let connection = budget.of_connection();
    assert_eq!(written(&room(&connection), 9 * MIB).err(), Some(NoRoom));
    assert_eq!(budget.bytes(), 0);
    let asking = BodyBudget::new(0, 0).of_request();
    asking.prove();
    let told = written(
        &connection.of_request(asking.proof(), &Method::POST),
        9 * MIB,
    );
    assert!(told.is_ok());
}

#[tokio::test]
async fn what_was_made_as_a_whole_is_counted_until_its_last_byte_is_gone() {
    let budget = budget();
    let connection = budget.of_connection();
    let answer = || "x".repeat(MIB).into_response();
    let response = room(&connection).count(answer()).expect("room");
    assert_eq!(budget.bytes(), MIB);
    let again = room(&connection).count(answer()).expect("room");
    assert!(room(&connection).count(answer()).is_err());
    drop(again);
    let bytes = response.into_body().collect().await.expect("a body");
    let mut bytes = bytes.to_bytes();
    let tail = bytes.split_off(MIB - 1);
    drop(bytes);
    assert_eq!(budget.bytes(), MIB);
    drop(tail);
    assert_eq!(budget.bytes(), 0);
}

#[test]
fn what_an_answer_is_written_from_counts_until_it_is_written() {
    let budget = budget();
    let connection = budget.of_connection();
    let mut writer = room(&connection).begin().expect("room");
    let source = writer.source();
    source.take(2 * MIB).expect("room");
    source.give_back(MIB);
    assert_eq!(budget.bytes(), MIB + PIECE_BYTES);
    source.take(MIB).expect("room");
    assert_eq!(source.take(9 * MIB), Err(NoRoom));
    drop(source);
    writer.write_all(b"x").expect("room");
    let body = writer.into_body();
    assert_eq!(budget.bytes(), 1);
    drop(body);
    assert_eq!(budget.bytes(), 0);
}

#[test]
fn one_object_larger_than_the_budget_is_answered_where_nothing_else_waits() {
    let budget = budget();
    let connection = budget.of_connection();
    let mut writer = room(&connection).begin().expect("room");
    writer.source().take(20 * MIB).expect("alone");
    assert_eq!(writer.source().take(1), Err(NoRoom));
    // Nor does anybody else find room meanwhile.
    assert_eq!(
        written(&room(&budget.of_connection()), 1).err(),
        Some(NoRoom)
    );
    writer.write_all(&vec![b'x'; 9 * MIB]).expect("room");
    drop(writer.into_body());
    assert_eq!(budget.bytes(), 0);

    let waiting = written(&room(&budget.of_connection()), MIB).expect("room");
    let large = room(&connection).begin().expect("room");
    assert_eq!(large.source().take(20 * MIB), Err(NoRoom));
    drop((waiting, large));
    assert_eq!(budget.bytes(), 0);
}

#[test]
fn strangers_do_not_keep_out_what_others_read_and_that_is_bounded_too() {
    let budget = budget();
    let strangers = [(); 4].map(|()| budget.of_connection());
    let full = strangers.each_ref().map(|one| {
        let source = room(one).source();
        source.take(MIB + MIB / 2).expect("room");
        source
    });
    let asking = BodyBudget::new(0, 0).of_request();
    asking.prove();
    let connections = [(); 2].map(|()| budget.of_connection());
    let sources = connections
        .each_ref()
        .map(|one| one.of_request(asking.proof(), &Method::GET).source());
    sources[0].take(4 * MIB).expect("a budget of their own");
    assert_eq!(sources[1].take(4 * MIB), Err(NoRoom));
    drop((full, sources));
    assert_eq!(budget.bytes(), 0);
}

/// The attack: a shop that asks for page after page of its export and takes none of them.
#[test]
fn who_has_proven_who_they_are_and_only_reads_is_refused_beyond_a_budget_of_their_own() {
    let budget = budget();
    let asking = BodyBudget::new(0, 0).of_request();
    asking.prove();
    let of = |method: &Method| {
        let connection = budget.of_connection();
        connection.of_request(asking.proof(), method)
    };
    let read = (0..2).map(|_| written(&of(&Method::GET), 3 * MIB));
    let read: Vec<Body> = read.map(|body| body.expect("room")).collect();
    assert_eq!(written(&of(&Method::GET), 3 * MIB).err(), Some(NoRoom));
    // Small ones are answered, strangers are, and what was written is told.
    let small = written(&of(&Method::GET), 1_000).expect("room");
    let stranger = written(&room(&budget.of_connection()), 3 * MIB).expect("room");
    let told = written(&of(&Method::POST), 9 * MIB).expect("always");
    drop((read, small, stranger, told));
    assert_eq!(budget.bytes(), 0);
    assert!(written(&of(&Method::GET), 3 * MIB).is_ok());
}
