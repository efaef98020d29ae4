"""Page about the model sources for docs/models.md.

`python -m xai_core.runtimes.sources.guide` prints it. A test holds the file up to date.
"""

from dataclasses import dataclass

from xai_core.runtimes.sources.table import SOURCES


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Paragraph about a kind of model.

    Attributes
    ----------
    title
        Name of the kind.
    module
        Module that opens it, see `table.SOURCES`.
    read
        Sentence on what is read from it.
    surprises
        Sentences on what its tool does otherwise than one expects, with version and place.
    """

    title: str
    module: str
    read: str
    surprises: tuple[str, ...]


ENTRIES = (
    Entry(
        title="Files of this project (.safetensors)",
        module="safetensors_file",
        read="Labels and preprocessing are in the header. Nothing has to be given.",
        surprises=(),
    ),
    Entry(
        title="State dict of a torchvision classifier",
        module="state_dict_file",
        read=(
            "All 80 classifiers of torchvision are recognised from their tensors. The preprocessing is that "
            "of torchvision's default weights. Arguments of torchvision's training script in the file go "
            "before it."
        ),
        surprises=(
            (
                "The default weights of many networks are the second ones (V2), which are resized otherwise than "
                "the first: resnet50 to 232 and not to 256 pixels (torchvision 0.29, `ResNet50_Weights`)."
            ),
            (
                "`inception_v3` and `googlenet` normalise once more inside the network if they were built with "
                "`weights=...` (`transform_input`, torchvision 0.29, `models/inception.py`). No file says so. "
                "They are taken without; give mean and std 0.5 for fine-tuned ImageNet weights."
            ),
            (
                "Layers without weights, such as Tanh between two linear layers, leave no trace in a state dict. "
                "Name them: `--architecture resnet50+tanh`."
            ),
            (
                "A network with one output, trained with `BCEWithLogitsLoss`, is one of two classes with the logits 0 "
                "and x. The first label is the class of low values. Two labels, or data of two classes, are needed."
            ),
            ("A state dict of no known network is refused with the closest ones and the tensors that differ."),
        ),
    ),
    Entry(
        title="State dict of a timm network",
        module="state_dict_file",
        read=(
            "Recognised from its tensors, or named: `--architecture timm:NAME`. The preprocessing is timm's "
            'data config of that name. Needs `pip install ".[timm]"`.'
        ),
        surprises=(
            (
                "timm's ResNets have the names and shapes of torchvision's, but are resized to 235 pixels, "
                "bicubic (timm 1.0.31, `models/resnet.py`). Without a name they are taken for torchvision's."
            ),
            (
                "Networks whose name begins with `tf_` have the same tensors as those without and pad otherwise "
                "(timm 1.0.31, `models/efficientnet.py`)."
            ),
            (
                "The short side is the input size divided by `crop_pct`, rounded down (timm 1.0.31, "
                "`data/transforms_factory.py`)."
            ),
        ),
    ),
    Entry(
        title="Weights of a fastai learner",
        module="state_dict_file",
        read=(
            "What `learn.save` writes, or `torch.save` of `learn.model.state_dict()`: the body of a torchvision or "
            "timm network with the head of `create_head`. Named `--architecture fastai:resnet34`. A learner that "
            "`learn.export` wrote (.pkl) is code; it is refused with the lines that take the weights out."
        ),
        surprises=(
            (
                "The head pools twice, the largest value and the mean of each channel, in this order, so that it takes "
                "twice the channels of the body (fastai 2.8, `layers.py`, `AdaptiveConcatPool2d`)."
            ),
            (
                "The weights do not tell the size of the pictures. `Resize(224)` is assumed, which cuts the centre "
                "square and then scales it bilinearly (fastai 2.8, `vision/augment.py`). `--size` and `--resize` say "
                "otherwise."
            ),
            (
                "A body of timm normalises with the mean and std of its data config, one of torchvision with "
                "ImageNet's; neither if the learner was made with `pretrained=False` (fastai 2.8, `vision/learner.py`)."
            ),
        ),
    ),
    Entry(
        title="Checkpoints of training scripts (.pth, .pt, .ckpt, .bin, .pth.tar, any name)",
        module="state_dict_file",
        read=(
            "Any key, prefix and container. Averaged weights (EMA) go before raw ones; `--weights KEY` "
            "chooses. Labels are read from class_to_idx, idx_to_class, classes, class_names, labels, "
            "id2label, meta and hyper-parameters."
        ),
        surprises=(
            (
                "torchvision's and timm's scripts evaluate the averaged weights and store the raw ones beside "
                "them (torchvision 0.29, `references/classification/train.py`; timm 1.0.31, `train.py`)."
            ),
            (
                "Nothing in the file is executed. Objects of other classes become inert stand-ins; a file that "
                "names a function is refused."
            ),
        ),
    ),
    Entry(
        title="Folder of a Hugging Face image classifier",
        module="huggingface_folder",
        read=(
            "config.json, model.safetensors and preprocessor_config.json, of transformers or of timm. Labels "
            "come from id2label. A name on the hub, `--model google/vit-base-patch16-224`, is downloaded into the "
            "hub's own cache, once; pickled weights are not. A path that exists goes first. "
            'Needs `pip install ".[huggingface]"`.'
        ),
        surprises=(
            (
                "The image processors resize 8-bit tensors and not Pillow's pictures, which differs by up to 2 "
                "levels in 1 of 100 pixels (transformers 5.24, `image_processing_backends.py`). It is computed "
                "here to the bit."
            ),
            (
                "The corner of a crop is rounded down, not to the even pixel as in torchvision (the same file, "
                "`center_crop`)."
            ),
            (
                "ConvNeXt's processor divides the size by crop_pct below 384 pixels and stretches from 384 on "
                "(`image_processing_convnext.py`)."
            ),
            (
                "EfficientNet's processor divides by std a second time where include_top is true, which is its "
                "default (`image_processing_efficientnet.py`)."
            ),
            (
                "MobileViT's processor turns the channels to blue, green, red and does not normalise "
                "(`image_processing_mobilevit.py`)."
            ),
            "The keys of id2label are text: sorted as text, 10 comes before 2.",
            (
                "Pickled weights (pytorch_model.bin) are read from a folder that you downloaded yourself, with torch's "
                "restricted reader: `hf download OWNER/NAME --local-dir NAME`."
            ),
        ),
    ),
    Entry(
        title="ONNX graph (.onnx)",
        module="onnx_file",
        read=(
            "Graphs of any exporter, with their external data. Labels and preprocessing come from the "
            "metadata, the .json beside the file, or options. `--output NAME` chooses an output, and "
            "`--input NAME=V,V,V` gives an input other than the picture its value."
        ),
        surprises=(
            (
                "Exports of Keras EfficientNets may lose the mean and the variance, which then are inputs without a "
                "value. They are set to the constants that the graph implies. Where it implies none, `--input` gives "
                "them."
            ),
            (
                'TensorFlow\'s "same" padding becomes some 50 nodes a layer that compute it anew in every run, where '
                "the batch is free (torch 2.14, `torch.onnx.export`). Paddings that come out the same for several "
                "batches are stored as constants, if the answers to the pictures of the trial stay equal. A "
                "MobileNetV3 became 1.8 times as fast."
            ),
            (
                "Weight standardisation is exported as a BatchNormalization in training mode (timm 1.0.31, "
                "`layers/std_conv.py`). It is left as it is, because no batch changes it. The same node on activations "
                "is put into inference mode."
            ),
            (
                "Dynamic quantisation scales by the largest value of the whole batch (onnxruntime 1.32, "
                "`quantize_dynamic`), so that an answer depends on the other pictures. They are run one by one."
            ),
            (
                "A squeeze without axes removes the batch axis of a single picture (torch 2.14, `output.squeeze()`). "
                "The outputs get it back."
            ),
        ),
    ),
)
"""All kinds, in the order of the page."""


_INTRODUCTION = (
    "A model is opened without executing anything from its file. What was assumed is printed by `study create` and "
    "shown on About."
)


def models_page() -> str:
    """Return the text of docs/models.md."""
    suffixes = {source.module: source.suffixes for source in SOURCES}
    lines = [
        "# Models",
        "",
        _INTRODUCTION,
        "",
    ]
    for entry in ENTRIES:
        assert entry.module in suffixes
        lines += [f"## {entry.title}", "", entry.read, ""]
        lines += [f"* {sentence}" for sentence in entry.surprises]
        lines += [""] if entry.surprises else []
    return "\n".join(lines)


if __name__ == "__main__":
    print(models_page(), end="")  # noqa: T201 - the purpose of the command
