//! A model that is a list: a server on this machine that speaks Gemini's API and OpenAI's chat completions, and answers with the
//! tools of a script, one after the other, until the turn is over. Of what it is told it understands one thing: how many tools
//! have answered, and what.

use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// A tool's name and what it is given.
pub(crate) type Call = (&'static str, Value);

pub(crate) struct Model {
    pub(crate) port: u16,
    /// What the tools have answered, as the last request had it.
    results: Arc<Mutex<Vec<String>>>,
}

impl Model {
    /// One that calls these tools.
    pub(crate) fn start(script: Vec<Call>) -> Model {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let results = Arc::new(Mutex::new(Vec::new()));
        let (script, heard) = (Arc::new(script), Arc::clone(&results));
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (script, heard) = (Arc::clone(&script), Arc::clone(&heard));
                // An agent that hangs up is no failure of the test.
                std::thread::spawn(move || answer(stream, &script, &heard));
            }
        });
        Model { port, results }
    }

    /// What each tool answered, in their order.
    pub(crate) fn results(&self) -> Vec<String> {
        self.results.lock().unwrap().clone()
    }
}

/// One request, one answer.
fn answer(mut stream: TcpStream, script: &[Call], heard: &Mutex<Vec<String>>) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut path = String::new();
    reader.read_line(&mut path)?;
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.split_once(':') else { break };
        if name.eq_ignore_ascii_case("content-length") {
            length = value.trim().parse().unwrap_or(0);
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let request: Value = serde_json::from_slice(&body).unwrap_or_default();
    let is_gemini = path.contains("enerateContent");
    let is_streamed = path.contains("stream") || request["stream"] == true;
    let results = if is_gemini { gemini_results(&request) } else { openai_results(&request) };
    // A request without tools is for a title and the like.
    let call = request.get("tools").and_then(|_| script.get(results.len()));
    if request.get("tools").is_some() {
        *heard.lock().unwrap() = results;
    }
    let said = if is_gemini { gemini_words(call) } else { openai_words(call, is_streamed) };
    let (kind, text) = match is_streamed {
        true if is_gemini => ("text/event-stream", format!("data: {said}\r\n\r\n")),
        true => ("text/event-stream", format!("data: {said}\n\ndata: [DONE]\n\n")),
        false => ("application/json", said.to_string()),
    };
    let length = text.len();
    write!(
        stream,
        "HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{text}"
    )
}

fn gemini_results(request: &Value) -> Vec<String> {
    let contents = request["contents"].as_array().into_iter().flatten();
    let parts = contents.filter_map(|content| content["parts"].as_array()).flatten();
    parts.filter_map(|part| part.get("functionResponse")).map(|result| result["response"].to_string()).collect()
}

fn gemini_words(call: Option<&Call>) -> Value {
    let part = match call {
        Some((name, args)) => json!({ "functionCall": { "name": name, "args": args } }),
        None => json!({ "text": "Done." }),
    };
    json!({
        "candidates": [{ "content": { "role": "model", "parts": [part] }, "finishReason": "STOP", "index": 0 }],
        "usageMetadata": { "promptTokenCount": 1, "candidatesTokenCount": 1, "totalTokenCount": 2 },
    })
}

fn openai_results(request: &Value) -> Vec<String> {
    let messages = request["messages"].as_array().into_iter().flatten();
    messages.filter(|message| message["role"] == "tool").map(|message| message["content"].to_string()).collect()
}

fn openai_words(call: Option<&Call>, is_streamed: bool) -> Value {
    let (message, reason) = match call {
        Some((name, args)) => {
            let function = json!({ "name": name, "arguments": args.to_string() });
            let call = json!({ "index": 0, "id": format!("call_{name}"), "type": "function", "function": function });
            (json!({ "role": "assistant", "content": null, "tool_calls": [call] }), "tool_calls")
        }
        None => (json!({ "role": "assistant", "content": "Done." }), "stop"),
    };
    let field = if is_streamed { "delta" } else { "message" };
    let object = if is_streamed { "chat.completion.chunk" } else { "chat.completion" };
    json!({
        "id": "c1", "object": object, "created": 1, "model": "list",
        "choices": [{ "index": 0, field: message, "finish_reason": reason }],
        "usage": { "prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2 },
    })
}
