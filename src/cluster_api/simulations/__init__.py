"""Impact studies: past assessments scored again under a draft, so that one knows before publication what it changes."""
