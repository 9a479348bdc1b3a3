"""Who can be reached, where and how: the register of people, places, wishes and duty officials."""
