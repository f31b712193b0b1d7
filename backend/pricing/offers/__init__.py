"""Every offer type, one file each; `register` names them. Loaded with the first rule that is read, for a quote needs none."""
