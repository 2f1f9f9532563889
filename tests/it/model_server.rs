//! A model that is none: a server on this machine that coding agents take for theirs. It answers with the tool calls that it was
//! given, one a turn, then ends the turn, and keeps what the agent made of each of them.
//!
//! It speaks no more of each protocol than the agents need, and decides nothing: which call is next is told by how many results the
//! request has.

use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// The use of a tool, as a model asks for it.
#[derive(Clone)]
pub(crate) struct Call {
    pub(crate) tool: &'static str,
    /// An object; a text for a tool of OpenAI's that takes one.
    pub(crate) input: Value,
}

impl Call {
    pub(crate) fn new(tool: &'static str, input: Value) -> Call {
        Call { tool, input }
    }
}

/// How one kind of model is spoken to.
struct Dialect {
    /// How the path of a request ends.
    path: &'static str,
    /// The results of tools in a request, in their order.
    results: fn(&Value) -> Vec<Value>,
    /// The answer: this call, or none.
    turn: fn(usize, Option<&Call>) -> Answer,
}

/// Said at once, or as events.
enum Answer {
    Whole(Value),
    Events(Vec<Value>),
    /// And a last one that is no JSON.
    EventsAndDone(Vec<Value>),
}

const DIALECTS: [Dialect; 5] = [
    Dialect { path: "/messages", results: anthropic_results, turn: anthropic_turn },
    Dialect { path: "/responses", results: openai_results, turn: openai_turn },
    Dialect { path: "/chat/completions", results: chat_results, turn: chat_turn },
    Dialect {
        path: ":streamGenerateContent",
        results: gemini_results,
        turn: |_, call| Answer::Events(vec![gemini(call)]),
    },
    Dialect { path: ":generateContent", results: gemini_results, turn: |_, call| Answer::Whole(gemini(call)) },
];

/// A server that is listening.
pub(crate) struct Model {
    pub(crate) port: u16,
    count: usize,
    results: Arc<Mutex<Vec<Value>>>,
}

impl Model {
    /// Answer with these calls, as long as this process lives.
    pub(crate) fn with(calls: Vec<Call>) -> Model {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (port, count) = (listener.local_addr().unwrap().port(), calls.len());
        let results = Arc::<Mutex<Vec<Value>>>::default();
        let (calls, kept) = (Arc::new(calls), results.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (calls, kept) = (calls.clone(), kept.clone());
                // An agent that hangs up is no failure of the test.
                std::thread::spawn(move || stream.ok().and_then(|stream| answer(stream, &calls, &kept)));
            }
        });
        Model { port, count, results }
    }

    /// How many calls it makes in all.
    pub(crate) fn calls(&self) -> usize {
        self.count
    }

    /// What the model was told of each call, as JSON.
    pub(crate) fn results(&self) -> Vec<String> {
        self.results.lock().unwrap().iter().map(Value::to_string).collect()
    }
}

/// One request, one answer; the connection is closed then.
fn answer(mut stream: TcpStream, calls: &[Call], kept: &Mutex<Vec<Value>>) -> Option<()> {
    let (path, body) = request(&mut stream)?;
    let dialect = DIALECTS.iter().find(|dialect| path.ends_with(dialect.path));
    let answer = match (dialect, serde_json::from_slice::<Value>(&body)) {
        (Some(dialect), Ok(request)) => {
            let results = (dialect.results)(&request);
            let next = if offers_tools(&request) { calls.get(results.len()) } else { None };
            let answer = (dialect.turn)(results.len(), next);
            let mut kept = kept.lock().unwrap();
            if results.len() > kept.len() {
                *kept = results;
            }
            answer
        }
        // Questions about models, tokens and the like: an empty list satisfies them all.
        _ => Answer::Whole(json!({ "data": [], "models": [], "input_tokens": 1 })),
    };
    let (kind, text) = written(&answer);
    let length = text.len();
    let head =
        format!("HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n");
    stream.write_all(format!("{head}{text}").as_bytes()).ok()
}

fn written(answer: &Answer) -> (&'static str, String) {
    const STREAM: &str = "text/event-stream";
    let line = |event: &Value| match event["type"].as_str() {
        Some(kind) => format!("event: {kind}\ndata: {event}\n\n"),
        None => format!("data: {event}\n\n"),
    };
    match answer {
        Answer::Whole(value) => ("application/json", value.to_string()),
        Answer::Events(events) => (STREAM, events.iter().map(line).collect()),
        Answer::EventsAndDone(events) => (STREAM, events.iter().map(line).collect::<String>() + "data: [DONE]\n\n"),
    }
}

/// Its path without the query, and its body.
fn request(stream: &mut TcpStream) -> Option<(String, Vec<u8>)> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let path = line.split(' ').nth(1)?.split('?').next()?.to_owned();
    let mut length = 0;
    loop {
        line.clear();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.split_once(':') else { break };
        if name.eq_ignore_ascii_case("content-length") {
            length = value.trim().parse().ok()?;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some((path, body))
}

/// A request for a title or a summary has no tools, and is not the conversation.
fn offers_tools(request: &Value) -> bool {
    let filled = |list: &Value| list.as_array().is_some_and(|list| !list.is_empty());
    let later = |list: &Value| list.as_array().is_some_and(|list| list.iter().any(|item| filled(&item["tools"])));
    filled(&request["tools"]) || later(&request["input"])
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn anthropic_results(request: &Value) -> Vec<Value> {
    let blocks = list(&request["messages"]).flat_map(|message| list(&message["content"]));
    blocks.filter(|block| block["type"] == "tool_result").map(|block| block["content"].clone()).collect()
}

fn anthropic_turn(number: usize, call: Option<&Call>) -> Answer {
    let (block, delta, end) = match call {
        Some(call) => (
            json!({ "type": "tool_use", "id": format!("toolu_{number}"), "name": call.tool, "input": {} }),
            json!({ "type": "input_json_delta", "partial_json": call.input.to_string() }),
            "tool_use",
        ),
        None => {
            (json!({ "type": "text", "text": "" }), json!({ "type": "text_delta", "text": "All done." }), "end_turn")
        }
    };
    let message = json!({
        "id": format!("msg_{number}"), "type": "message", "role": "assistant", "model": "none", "content": [],
        "stop_reason": null, "stop_sequence": null, "usage": { "input_tokens": 1, "output_tokens": 1 },
    });
    Answer::Events(vec![
        json!({ "type": "message_start", "message": message }),
        json!({ "type": "content_block_start", "index": 0, "content_block": block }),
        json!({ "type": "content_block_delta", "index": 0, "delta": delta }),
        json!({ "type": "content_block_stop", "index": 0 }),
        json!({ "type": "message_delta", "delta": { "stop_reason": end }, "usage": { "output_tokens": 1 } }),
        json!({ "type": "message_stop" }),
    ])
}

fn openai_results(request: &Value) -> Vec<Value> {
    let is_result = |item: &&Value| item["type"].as_str().is_some_and(|kind| kind.ends_with("_output"));
    list(&request["input"]).filter(is_result).map(|item| item["output"].clone()).collect()
}

fn openai_turn(number: usize, call: Option<&Call>) -> Answer {
    let id = format!("call_{number}");
    let item = match call {
        Some(Call { tool, input: Value::String(text) }) => {
            json!({ "type": "custom_tool_call", "call_id": id, "name": tool, "input": text })
        }
        Some(Call { tool, input }) => {
            json!({ "type": "function_call", "call_id": id, "name": tool, "arguments": input.to_string() })
        }
        None => {
            let text = json!({ "type": "output_text", "text": "All done." });
            json!({ "type": "message", "role": "assistant", "content": [text] })
        }
    };
    let usage = json!({ "input_tokens": 1, "output_tokens": 1, "total_tokens": 2 });
    Answer::Events(vec![
        json!({ "type": "response.created", "response": { "id": format!("resp_{number}") } }),
        json!({ "type": "response.output_item.done", "item": item }),
        json!({ "type": "response.completed", "response": { "id": format!("resp_{number}"), "usage": usage } }),
    ])
}

fn chat_results(request: &Value) -> Vec<Value> {
    list(&request["messages"])
        .filter(|message| message["role"] == "tool")
        .map(|message| message["content"].clone())
        .collect()
}

fn chat_turn(number: usize, call: Option<&Call>) -> Answer {
    let (delta, reason) = match call {
        Some(call) => {
            let function = json!({ "name": call.tool, "arguments": call.input.to_string() });
            let call = json!({ "index": 0, "id": format!("call_{number}"), "type": "function", "function": function });
            (json!({ "role": "assistant", "content": null, "tool_calls": [call] }), "tool_calls")
        }
        None => (json!({ "role": "assistant", "content": "All done." }), "stop"),
    };
    Answer::EventsAndDone(vec![json!({
        "id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "none",
        "choices": [{ "index": 0, "delta": delta, "finish_reason": reason }],
        "usage": { "prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2 },
    })])
}

fn gemini_results(request: &Value) -> Vec<Value> {
    let parts = list(&request["contents"]).flat_map(|content| list(&content["parts"]));
    parts.filter_map(|part| part.get("functionResponse")).map(|result| result["response"].clone()).collect()
}

fn gemini(call: Option<&Call>) -> Value {
    let part = match call {
        Some(call) => json!({ "functionCall": { "name": call.tool, "args": call.input } }),
        None => json!({ "text": "All done." }),
    };
    json!({
        "candidates": [{ "content": { "role": "model", "parts": [part] }, "finishReason": "STOP", "index": 0 }],
        "usageMetadata": { "promptTokenCount": 1, "candidatesTokenCount": 1, "totalTokenCount": 2 },
    })
}
