"""Writes a llama model with random weights and a hand-made vocabulary as a GGUF file.

Run by the interpreter of a server's own environment (numpy, gguf), never imported by the rig.
A character outside PIECES is spelled in byte tokens, so a Chinese prompt costs more tokens than it has characters.
"""

import sys
from pathlib import Path

import gguf
import numpy as np

WIDTH, HIDDEN, LAYERS, HEADS, CONTEXT, SEED = 64, 128, 2, 4, 2048, 20
WORDS = (
    "the",
    "a",
    "of",
    "and",
    "to",
    "is",
    "that",
    "for",
    "with",
    "relay",
    "token",
    "price",
    "call",
    "model",
    "stream",
)
CHINESE = "你好世界模型价格令牌请求回答中文问题的是在有和人我们一二三四五"
CHAT_TEMPLATE = (
    "{% for message in messages %}{{ message['role'] + ': ' + message['content'] + '\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ 'assistant: ' }}{% endif %}"
)


def vocabulary() -> tuple[list[str], list[float], list[gguf.TokenType]]:
    """SentencePiece layout: three specials, 256 bytes, then pieces, longer ones preferred."""
    pieces = (
        [chr(code) for code in range(33, 127)] + ["▁"] + [f"▁{word}" for word in WORDS] + list(WORDS) + list(CHINESE)
    )
    unique = list(dict.fromkeys(pieces))
    names = ["<unk>", "<s>", "</s>", *(f"<0x{byte:02X}>" for byte in range(256)), *unique]
    kinds = [gguf.TokenType.UNKNOWN, gguf.TokenType.CONTROL, gguf.TokenType.CONTROL]
    kinds += [gguf.TokenType.BYTE] * 256 + [gguf.TokenType.NORMAL] * len(unique)
    scores = [0.0] * 3 + [-1e6] * 256 + [float(len(piece)) for piece in unique]
    return names, scores, kinds


def tensors(vocabulary_size: int) -> dict[str, np.ndarray]:
    """Rows of the output matrix for specials and bytes are zero: greedy decoding never picks them, text stays UTF-8."""
    draw = np.random.default_rng(SEED)

    def normal(*shape: int) -> np.ndarray:
        return draw.normal(0, 0.35, shape).astype(np.float32)

    made = {"token_embd.weight": normal(vocabulary_size, WIDTH), "output_norm.weight": np.ones(WIDTH, np.float32)}
    made["output.weight"] = normal(vocabulary_size, WIDTH)
    made["output.weight"][: 3 + 256] = 0
    made["output.weight"][2] = normal(WIDTH) * 1.3
    for layer in range(LAYERS):
        for name in ("attn_q", "attn_k", "attn_v", "attn_output"):
            made[f"blk.{layer}.{name}.weight"] = normal(WIDTH, WIDTH)
        made[f"blk.{layer}.ffn_gate.weight"] = normal(HIDDEN, WIDTH)
        made[f"blk.{layer}.ffn_up.weight"] = normal(HIDDEN, WIDTH)
        made[f"blk.{layer}.ffn_down.weight"] = normal(WIDTH, HIDDEN)
        made[f"blk.{layer}.attn_norm.weight"] = np.ones(WIDTH, np.float32)
        made[f"blk.{layer}.ffn_norm.weight"] = np.ones(WIDTH, np.float32)
    return made


def write(path: Path) -> None:
    names, scores, kinds = vocabulary()
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_name("waystation-e2e")
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(HIDDEN)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(HEADS)
    writer.add_rope_dimension_count(WIDTH // HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_vocab_size(len(names))
    writer.add_file_type(gguf.LlamaFileType.ALL_F32)
    writer.add_tokenizer_model("llama")
    writer.add_token_list(names)
    writer.add_token_scores(scores)
    writer.add_token_types(kinds)
    writer.add_unk_token_id(0)
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_add_bos_token(True)
    writer.add_chat_template(CHAT_TEMPLATE)
    for name, tensor in tensors(len(names)).items():
        writer.add_tensor(name, tensor)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


if __name__ == "__main__":
    write(Path(sys.argv[1]))
