github = "ghp_Qx7Lw2RzP4mYcB8nHs1dFgJ6aEuV3iXo5KpZ"
