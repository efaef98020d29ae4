"""Queue that shares the computation of explanations fairly among sessions."""
