"""Who answers: the scripted policies, and the endpoint against a real local server that speaks the OpenAI chat format."""

import json
import socket
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from prorl_gym import make
from prorl_gym.errors import ConfigError, PolicyError
from prorl_gym.policy import Endpoint, Request, Scripted, make_policy, policy_names, take
from prorl_gym.types import Task
from prorl_gym.verifier import Answer

ENV = make("math/arithmetic-v0", style="terse")
SAME = Answer(lambda task, answer: answer == task.answer)


def requests(count, *, verifier=ENV.verifier):
    for i in range(count):
        task = ENV.task_at(i // 2)
        yield Request(key=i, messages=task.prompt, task=task, sample=i % 2, verifier=verifier)


def texts(policy, count=12, **more):
    return [done.text for _, done in policy.complete(requests(count, **more))]


def scores(policy, count=40):
    return [ENV.verifier(request.task, done).score for request, done in policy.complete(requests(count))]


@pytest.mark.parametrize(("name", "score"), [("gold", 1.0), ("wrong", 0.0), ("garbage", 0.0)])
def test_a_preset_earns_what_its_name_says(name, score):
    policy = make_policy(name)
    assert policy.name == name
    assert set(scores(policy)) == {score}


def test_the_noisy_preset_is_right_as_often_as_it_is_told():
    assert sum(scores(make_policy("noisy", accuracy=0.25), 400)) == pytest.approx(100, abs=30)
    assert set(scores(make_policy("noisy", accuracy=1.0))) == {1.0}
    assert set(scores(make_policy("noisy", accuracy=0.0))) == {0.0}


@pytest.mark.parametrize("name", ["gold", "wrong", "garbage", "noisy"])
def test_a_preset_gives_the_same_answers_in_every_run_and_in_any_order(name):
    first = texts(make_policy(name))
    assert first == texts(make_policy(name))
    turned = list(requests(12))[::-1]
    assert [done.text for _, done in make_policy(name).complete(iter(turned))][::-1] == first


def test_the_samples_of_one_task_differ():
    pairs = texts(make_policy("garbage"), 40)
    assert all(a != b for a, b in zip(pairs[::2], pairs[1::2], strict=True))


def test_a_gold_that_nobody_knows_is_an_error_and_a_wrong_that_nobody_lists_is_garbage():
    nameless = [Request(key=0, messages=(), task=Task(env_id="t/t-v0", prompt=()), verifier=SAME)]
    [(_, done)] = Scripted().complete(iter(nameless))
    assert (done.finish_reason, done.error) == ("error", "no gold answer is known for t/t-v0")
    [(_, done)] = Scripted(accuracy=0.0).complete(iter(nameless))
    assert done.finish_reason == "stop"
    assert done.text


@pytest.mark.parametrize("options", [{"accuracy": 1.1}, {"accuracy": -0.1}, {"otherwise": "maybe"}])
def test_a_scripted_policy_takes_only_what_makes_sense(options):
    with pytest.raises(ConfigError, match=r"accuracy in \[0, 1\]"):
        Scripted(**options)


def test_a_policy_that_nobody_registered_is_named_with_the_closest():
    with pytest.raises(ConfigError, match="no policy is named 'gald'; did you mean 'gold'"):
        make_policy("gald")
    with pytest.raises(ConfigError, match=r"'noisy' cannot be made with {'acuracy': 0.5}"):
        make_policy("noisy", acuracy=0.5)
    assert {"gold", "wrong", "garbage", "noisy", "endpoint", "transformers"} <= set(policy_names())


def test_take_gives_what_there_is():
    source = requests(5)
    assert [len(take(source, n)) for n in (3, 3, 3)] == [3, 2, 0]


class Server:
    """A chat endpoint whose answers are decided by the last message: see `reply`."""

    def __init__(self):
        server = self
        self.seen, self.at_once, self.most, self.lock = [], 0, 0, threading.Lock()
        self.full = threading.Barrier(4)

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.0"

            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                status, answer = server.reply(self.path, self.headers["Authorization"], body)
                payload = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(payload)))
                self.end_headers()
                self.wfile.write(payload)

            def log_message(self, *_):
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_port}/v1"

    def reply(self, path, key, body):
        with self.lock:
            self.seen.append((path, key, body))
            self.at_once += 1
            self.most = max(self.most, self.at_once)
        try:
            return self.answer(body["messages"][-1]["content"])
        finally:
            with self.lock:
                self.at_once -= 1

    def answer(self, asked):
        kind, _, rest = asked.partition(" ")
        if kind == "fail":
            return 500, {"error": {"message": "out of order"}}
        if kind == "odd":
            return 200, {"id": "x", "object": "chat.completion", "created": 0, "model": "tiny", "choices": []}
        if kind == "meet":
            self.full.wait(30)
        message = {"role": "assistant", "content": f"<answer>{rest}</answer>"}
        if kind == "think":
            message = {"role": "assistant", "content": rest, "reasoning_content": "hm"}
        if kind == "silent":
            message = {"role": "assistant", "content": None}
        choice = {"index": 0, "message": message, "finish_reason": "length" if kind == "long" else "stop"}
        usage = {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10}
        return 200, {"id": "x", "object": "chat.completion", "created": 0, "model": "tiny", "choices": [choice], "usage": usage}


@pytest.fixture
def server():
    made = Server()
    thread = threading.Thread(target=made.http.serve_forever, args=(0.02,))
    thread.start()
    yield made
    made.http.shutdown()
    made.http.server_close()
    thread.join()


def ask(server, *contents, **options):
    policy = make_policy("endpoint", **{"model": "tiny", "base_url": server.url, "api_key": "secret", "retries": 0, **options})
    task = Task(env_id="t/t-v0", prompt=())
    asked = (Request(key=i, messages=({"role": "user", "content": c},), task=task, sample=i) for i, c in enumerate(contents))
    try:
        return [done for _, done in sorted(policy.complete(asked), key=lambda pair: pair[0].key)]
    finally:
        policy._client.close()


def test_the_endpoint_gives_each_request_its_answer_with_its_token_counts(server):
    answers = ask(server, *(f"say {i}" for i in range(10)), concurrency=3)
    assert [a.text for a in answers] == [f"<answer>{i}</answer>" for i in range(10)]
    assert {(a.finish_reason, a.num_prompt_tokens, a.num_tokens, a.error) for a in answers} == {("stop", 7, 3, None)}


def test_the_endpoint_is_asked_with_the_model_the_sampling_the_key_and_a_seed(server):
    ask(server, "say a", "say b", temperature=0.1, top_p=0.5, max_tokens=9)
    for path, key, body in server.seen:
        assert (path, key) == ("/v1/chat/completions", "Bearer secret")
        assert {k: body[k] for k in ("model", "temperature", "top_p", "max_tokens")} == {
            "model": "tiny",
            "temperature": 0.1,
            "top_p": 0.5,
            "max_tokens": 9,
        }
    assert sorted(body["seed"] for _, _, body in server.seen) == [0, 1]


def test_thoughts_come_inside_think_tags_a_cut_answer_is_marked_and_silence_is_empty(server):
    thinks, long, silent = ask(server, "think 7", "long 7", "silent")
    assert thinks.text == "<think>hm</think>7"
    assert long.truncated
    assert silent.text == ""
    assert silent.finish_reason == "stop"


def test_a_request_that_fails_is_an_error_and_the_others_are_answered(server):
    answers = ask(server, *["fail", "say a", "odd", "say b"] * 5, concurrency=1, patience=2)
    kinds = Counter(a.finish_reason for a in answers)
    assert kinds == {"stop": 10, "error": 10}
    assert "500" in answers[0].error
    assert "out of order" in answers[0].error
    assert answers[2].error.startswith("IndexError")


def test_an_endpoint_that_answers_nothing_ends_the_job_with_what_to_check(server):
    with pytest.raises(PolicyError, match=r"answered none of the first 3 requests.*out of order.*the model's name 'tiny' and the key"):
        ask(server, *["fail"] * 50, concurrency=2, patience=3)
    assert len(server.seen) < 10


def test_an_address_where_nobody_listens_ends_the_job(server):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        server.url = f"http://127.0.0.1:{free.getsockname()[1]}/v1"
        with pytest.raises(PolicyError, match=rf"the endpoint {server.url}.*Connection"):
            ask(server, *["say a"] * 5, patience=2, concurrency=1)


def test_as_many_requests_are_under_way_as_the_concurrency_says(server):
    """Each waits until four are there, so that fewer would never end; more than four would show in the count."""
    answers = ask(server, *(f"meet {i}" for i in range(12)), concurrency=4)
    assert [a.finish_reason for a in answers] == ["stop"] * 12
    assert server.most == 4


def test_an_endpoint_draws_no_more_requests_than_it_can_have_under_way(server):
    policy = Endpoint(model="tiny", base_url=server.url, retries=0, concurrency=2)
    drawn = []

    def asked():
        for i in range(20):
            drawn.append(i)
            yield Request(key=i, messages=({"role": "user", "content": "say x"},), task=Task(env_id="t/t-v0", prompt=()))

    for answered, _ in enumerate(policy.complete(asked())):
        assert len(drawn) <= answered + 2
    assert len(drawn) == 20
    policy._client.close()
