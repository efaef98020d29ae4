"""Image classifiers of Hugging Face's transformers and timm, from their folders."""
