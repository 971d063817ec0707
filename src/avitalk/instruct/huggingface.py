"""Any causal language model of Hugging Face in place of the embedded one: the same methods.

At the paper's scale (section 3.3.3: LLaMA-7B) this is what stage 1 writes with.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from avitalk.errors import InputError
from avitalk.instruct.language import Language, Prompt

INSTALL = "pip install 'avitalk[llm]'"


class HuggingFaceLanguage(Language):
    """A frozen Hugging Face causal language model with its own tokenizer.

    Its prompts are `bos, description or soft vectors, newline, request, newline`.
    """

    def __init__(self, model: Any, tokenizer: Any) -> None:
        """A `PreTrainedModel` with a language head and its tokenizer; freezes what is no LoRA."""
        if tokenizer.eos_token_id is None:
            raise InputError("this model's tokenizer names no end token; another one is needed")
        self.model, self.tokenizer = model.eval(), tokenizer
        self.table = model.get_input_embeddings()
        self.width = int(self.table.embedding_dim)
        self.device, self.end = self.table.weight.device, int(tokenizer.eos_token_id)
        for name, parameter in model.named_parameters():
            parameter.requires_grad_("lora_" in name)

    @classmethod
    def load(
        cls,
        name: str | Path,
        *,
        device: str = "cpu",
        four_bit: bool = False,
        lora_rank: int | None = None,
        spread: bool = False,
        local: bool = False,
    ) -> "HuggingFaceLanguage":
        """Load by folder or by name.

        `four_bit`: weights of 4 bits (NF4; Dettmers et al. 2023), needs bitsandbytes and a GPU.
        `lora_rank`: low-rank adapters (Hu et al. 2022) on queries and values, which may train.
        `spread`: layers parted among all GPUs by accelerate. `local`: never ask the network.
        Raises InputError if something needed is not installed or the model cannot be loaded.
        """
        transformers = _imported("transformers", INSTALL)
        setting: dict[str, Any] = {"local_files_only": local or Path(name).is_dir()}
        if four_bit:
            _imported("bitsandbytes", "pip install bitsandbytes")
            setting["quantization_config"] = transformers.BitsAndBytesConfig(
                load_in_4bit=True,
                bnb_4bit_quant_type="nf4",
                bnb_4bit_compute_dtype=torch.bfloat16,
            )
        if spread:
            _imported("accelerate", INSTALL)
            setting["device_map"] = "auto"
        elif four_bit:
            setting["device_map"] = {"": device}
        adapters = _imported("peft", INSTALL) if lora_rank is not None else None
        try:
            model = transformers.AutoModelForCausalLM.from_pretrained(str(name), **setting)
            tokenizer = transformers.AutoTokenizer.from_pretrained(
                str(name), local_files_only=setting["local_files_only"]
            )
        except (OSError, ValueError) as error:
            reason = str(error).splitlines()[0]
            raise InputError(f"{name}: no causal language model to load ({reason})") from error
        if adapters is not None:
            lora = adapters.LoraConfig(r=lora_rank, task_type="CAUSAL_LM")
            model = adapters.get_peft_model(model, lora)
        return cls(model if spread or four_bit else model.to(device), tokenizer)

    def adapters(self) -> list[Tensor]:
        """The parameters that may train beside a projection: those of LoRA, or none."""
        return [p for name, p in self.model.named_parameters() if "lora_" in name]

    def encode(self, text: str) -> list[int]:
        """Token ids of a text, without marks."""
        words = " ".join(text.split())
        return list(self.tokenizer(words, add_special_tokens=False)["input_ids"])

    def decode(self, ids: Sequence[int]) -> str:
        """Text of token ids, marks left out."""
        return str(self.tokenizer.decode(list(ids), skip_special_tokens=True))

    def embed(self, ids: Tensor) -> Tensor:
        """(...,) token ids -> (..., d)."""
        out: Tensor = self.table(ids)
        return out

    def logits(
        self, embeddings: Tensor, real: Tensor | None = None, *, last: int | None = None
    ) -> Tensor:
        """(B, L, d), and what of it is no padding (B, L) or None: all -> (B, L, vocabulary), or
        that of the `last` positions only; float32.
        """
        given = self._given(embeddings, real)
        out: Tensor = self.model(**given, logits_to_keep=last or 0, use_cache=False).logits
        return out.float()

    def marks(self, request: str) -> tuple[list[int], list[int]]:
        """The start token where there is one, and the request between newlines."""
        start = self.tokenizer.bos_token_id
        asked = self.tokenizer(f"\n{request}\n", add_special_tokens=False)["input_ids"]
        return [start if start is not None else self.end], list(asked)

    def _given(self, embeddings: Tensor, real: Tensor | None) -> dict[str, Tensor]:
        if real is None:
            real = embeddings.new_ones(embeddings.shape[:2], dtype=torch.bool)
        at = (real.cumsum(dim=1) - 1).clamp(min=0)
        return {
            "inputs_embeds": embeddings.to(self.table.weight.dtype)
            if self.table.weight.is_floating_point()
            else embeddings,
            "attention_mask": real.long(),
            "position_ids": at,
        }

    def _begin(self, prompt: Prompt, candidates: int, room: int) -> tuple[Tensor, Any]:
        embeddings = prompt.embeddings.repeat_interleave(candidates, dim=0)
        real = prompt.real.repeat_interleave(candidates, dim=0)
        out = self.model(**self._given(embeddings, real), logits_to_keep=1, use_cache=True)
        return out.logits[:, -1].float(), {"past": out.past_key_values, "real": real}

    def _step(self, ids: Tensor, state: Any) -> Tensor:
        state["real"] = torch.nn.functional.pad(state["real"], (0, 1), value=True)
        real = state["real"]
        out = self.model(
            inputs_embeds=self.embed(ids)[:, None],
            attention_mask=real.long(),
            position_ids=real.sum(dim=1, keepdim=True) - 1,
            past_key_values=state["past"],
            use_cache=True,
        )
        state["past"] = out.past_key_values
        logits: Tensor = out.logits[:, -1].float()
        return logits

    def _only(self, rows: Tensor, state: Any) -> Any:
        state["past"].batch_select_indices(rows)
        return {"past": state["past"], "real": state["real"][rows]}


def _imported(name: str, install: str) -> Any:
    from importlib import import_module  # noqa: PLC0415

    try:
        return import_module(name)  # optional extras, seconds to import
    except ImportError as error:
        raise InputError(f"this language model needs {name}: {install}") from error
