"""Demo kitchen with painted dishes whose causes of confusion are known."""
