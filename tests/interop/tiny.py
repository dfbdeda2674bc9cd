"""Make a language model of random weights, small enough for any machine: `python -m tests.interop.tiny FOLDER`.

It says nonsense, but as a real model does: token by token, of a tokenizer's own, until it comes to an end by itself.
"""

import sys
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import GenerationConfig, LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

HELP = Path(__file__).resolve().parents[2] / "docs" / "help"
WORDS = 2_000
# One token in twenty ends an answer, and so does the sixtieth.
ENDS = [1, *range(20, WORDS, 20)]
LONGEST = 60
TEMPLATE = (
    "{% for message in messages %}<s>{{ message['role'] }}: {{ message['content'] }}\n{% endfor %}"
    "{% if add_generation_prompt %}assistant: {% endif %}"
)


def tokenizer() -> PreTrainedTokenizerFast:
    """Byte pairs of the help centre's pages."""
    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=WORDS, special_tokens=["<s>", "</s>"], initial_alphabet=alphabet)
    made.train([str(path) for path in sorted(HELP.glob("*.md"))], trainer)
    fast = PreTrainedTokenizerFast(tokenizer_object=made, bos_token="<s>", eos_token="</s>", pad_token="</s>")
    fast.chat_template = TEMPLATE
    return fast


def main(folder: str) -> None:
    """Write model and tokenizer there."""
    tokenizer().save_pretrained(folder)
    torch.manual_seed(7)
    sizes: dict[str, Any] = {
        "hidden_size": 64,
        "intermediate_size": 128,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
    }
    marks: dict[str, Any] = {"bos_token_id": 0, "pad_token_id": 1}
    made = LlamaForCausalLM(
        LlamaConfig(vocab_size=WORDS, max_position_embeddings=16_384, eos_token_id=1, **sizes, **marks)
    )
    made.generation_config = GenerationConfig(do_sample=True, eos_token_id=ENDS, max_new_tokens=LONGEST, **marks)
    made.save_pretrained(folder)


if __name__ == "__main__":
    main(sys.argv[1])
