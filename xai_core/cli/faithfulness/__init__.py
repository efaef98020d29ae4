"""The command `faithfulness`."""
