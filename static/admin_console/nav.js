// On a narrow screen the navigation is swiped: it begins where the page is that it marks.
document.querySelector(".rw-nav [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
