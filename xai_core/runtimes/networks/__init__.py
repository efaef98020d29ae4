"""Networks of torchvision, timm and transformers, built by name or recognised from their tensors."""
