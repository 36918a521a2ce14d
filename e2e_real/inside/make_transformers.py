"""Writes a LlamaForCausalLM with random weights and a byte-level tokenizer trained on the lines below.

Run by the interpreter of the server's own environment (torch, transformers, tokenizers), never imported by the rig.
"""

import sys
from pathlib import Path

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

SEED, VOCABULARY = 20, 400
LINES = (
    "the relay asks the model for an answer and the price of every token is booked in the ledger",
    "a stream of chunks ends with a finish and the usage of the call",
    "你好，世界。模型的价格按令牌计算，请求和回答都要记账。",
    "中文问题得到中文回答，令牌的数量由模型报告。",
)
CHAT_TEMPLATE = (
    "{% for message in messages %}{{ message['role'] + ': ' + message['content'] + '\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ 'assistant: ' }}{% endif %}"
)


def tokenizer() -> PreTrainedTokenizerFast:
    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=["<s>", "</s>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    made.train_from_iterator(LINES * 3, trainer)
    fast = PreTrainedTokenizerFast(tokenizer_object=made, bos_token="<s>", eos_token="</s>")
    fast.chat_template = CHAT_TEMPLATE
    return fast


def model(words: PreTrainedTokenizerFast) -> LlamaForCausalLM:
    """Rows of the output matrix for half characters are zero: greedy decoding never picks them, text stays UTF-8."""
    torch.manual_seed(SEED)
    config = LlamaConfig(
        vocab_size=len(words),
        hidden_size=64,
        intermediate_size=128,
        num_hidden_layers=2,
        num_attention_heads=4,
        max_position_embeddings=2048,
        initializer_range=0.35,
        bos_token_id=words.bos_token_id,
        eos_token_id=words.eos_token_id,
    )
    made = LlamaForCausalLM(config)
    broken = [token for token in range(len(words)) if "�" in words.decode([token])]
    with torch.no_grad():
        made.lm_head.weight[[*broken, words.bos_token_id]] = 0
        made.lm_head.weight[words.eos_token_id] *= 1.3
    return made


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    words = tokenizer()
    words.save_pretrained(folder)
    model(words).save_pretrained(folder)
