# SPDX-License-Identifier: Apache-2.0
"""The made-up sites, with URLs as real software and businesses have them.

The labels are the truth. They were written before the tool saw any of these logs, and do not follow what it says.
"""

from lab.discovery.traffic import Pool, Shape as S, Site
from lab.discovery.words import (ADJECTIVES, CITIES, CITIES_DE, FIRST_DE, FIRST_ES, FIRST_JA, FIRST_RU, LAST, LAST_DE, LAST_ES, LAST_JA, LAST_RU, NOUNS,
                                 NOUNS_DE, NOUNS_ES, STREETS, TOPICS_DE, VERBS, VERBS_ES, ascii_slug, encoded, hexa, login, person, random_uuid, title)


def numbered(step=1, first=1):
    return lambda rng, n: {"id": str(first + n * step)}


def phpbb():
    pools = {
        "member": Pool(600, lambda rng, n: {"id": str(2 + n * 7), "time": str(1400000000 + n * 91117)}),
        "topic": Pool(1500, lambda rng, n: {"id": str(100 + n * 5), "f": str(1 + n % 14)}, owner="member"),
        "post": Pool(5000, numbered(11, 900), skew=0.3),
        "file": Pool(400, numbered(3, 40)),
    }
    return Site("phpbb", pools, [
        S("index", "/index.php", "other", w=10),
        S("forum", "/viewforum.php?f={~n:14}&sid={~sid}", "other", w=9, then="topic topic topic-start"),
        S("topic", "/viewtopic.php?f={topic.f}&t={topic.id}", "thing", w=22, loads="avatar avatar*2 file*1", then="topic-start profile topic"),
        S("topic-start", "/viewtopic.php?f={topic.f}&t={topic.id}&start={~page15}", "thing", w=5, loads="avatar*3", then="topic-start profile"),
        S("post", "/viewtopic.php?p={post.id}", "thing", w=7),
        S("profile", "/memberlist.php?mode=viewprofile&u={member.id}", "person", "member", w=6, loads="avatar", then="posts-of"),
        S("posts-of", "/search.php?author_id={member.id}&sr=posts", "person", "member", w=1),
        S("members", "/memberlist.php?start={~page25}", "list", w=2, then="profile profile members"),
        S("members-sorted", "/memberlist.php?sk={~of:c|d|a}&sd={~of:a|d}&start={~page25}&sid={~sid}", "list", w=1, then="profile"),
        S("online", "/viewonline.php", "list", w=1, then="profile"),
        S("search", "/search.php?keywords={~q}", "other", w=2),
        S("login", "/ucp.php?mode=login&sid={~sid}", "other", w=3),
        S("posting", "/posting.php?mode=reply&f={topic.f}&t={topic.id}", "thing", w=1, crawl=False),
        S("avatar", "/download/file.php?avatar={member.id}_{member.time}.jpg", "person", "member"),
        S("file", "/download/file.php?id={file.id}&mode=view", "thing"),
    ], visitors=900, pages=6, days=2)


def wiki():
    pools = {
        "user": Pool(250, lambda rng, n: (lambda name: {"name": name[0].upper() + name[1:]})(login(rng) + (str(n) if n % 9 == 0 else ""))),
        "article": Pool(1200, lambda rng, n: {"title": f"{rng.choice(ADJECTIVES).title()}_{rng.choice(NOUNS)}_{rng.choice(['bush', 'tree', 'fern', 'grass', 'moss'])}"
                                              + rng.choice(["", "", f"_({rng.choice(CITIES)})"])}),
        "file": Pool(700, lambda rng, n: {"name": f"{rng.choice(NOUNS).title()}_{rng.choice(NOUNS)}_{n}.jpg", "dir": f"{n % 16:x}/{n % 16:x}{n % 7:x}"}),
        "category": Pool(90, lambda rng, n: {"name": f"{rng.choice(ADJECTIVES).title()}_plants_of_{rng.choice(CITIES).title()}"}),
    }
    return Site("wiki", pools, [
        S("main", "/wiki/Main_Page", "other", w=9),
        S("article", "/wiki/{article.title}", "thing", w=30, loads="thumb*3", then="article history edit file"),
        S("user", "/wiki/User:{user.name}", "person", "user", w=3, then="talk contributions"),
        S("talk", "/wiki/User_talk:{user.name}", "person", "user", w=2, then="contributions"),
        S("contributions", "/wiki/Special:Contributions/{user.name}", "person", "user", w=2),
        S("contributions-query", "/index.php?title=Special:Contributions/{user.name}&limit={~of:50|100|500}", "person", "user", w=1),
        S("category", "/wiki/Category:{category.name}", "thing", w=4, then="article"),
        S("file", "/wiki/File:{file.name}", "thing", w=3, loads="thumb"),
        S("history", "/index.php?title={article.title}&action=history", "thing", w=2, then="user"),
        S("edit", "/index.php?title={article.title}&action=edit", "thing", w=1),
        S("old", "/index.php?title={article.title}&oldid={~n:90000}", "thing", w=1),
        S("users", "/index.php?title=Special:ListUsers&offset={user.name}&limit=50", "either", w=1, then="user"),
        S("random", "/wiki/Special:Random", "other", w=2),
        S("search", "/index.php?search={~q}&title=Special:Search", "other", w=3),
        S("thumb", "/images/thumb/{file.dir}/{file.name}/220px-{file.name}", "thing"),
    ], visitors=700, pages=5, days=2)


def discourse():
    pools = {
        "user": Pool(500, lambda rng, n: {"name": login(rng) + (str(n) if n % 8 == 0 else "")}),
        "topic": Pool(900, lambda rng, n: {"id": str(300 + n * 3), "slug": title(rng, 5)}, owner="user"),
        "upload": Pool(500, lambda rng, n: {"hash": hexa(rng, 40)}),
    }
    return Site("discourse", pools, [
        S("latest", "/latest", "other", w=12, loads="avatar*6"),
        S("latest-json", "/latest.json?no_definitions=true&page={~page}", "other", w=5, loads="avatar*4"),
        S("category", "/c/{~of:support|feature|meta|announcements}/{~n:6}", "other", w=5),
        S("topic", "/t/{topic.slug}/{topic.id}", "thing", w=25, loads="avatar avatar*4 posts timings upload*1 bus", then="card topic-post topic"),
        S("topic-post", "/t/{topic.slug}/{topic.id}/{~page}", "thing", w=5, loads="avatar*2 posts"),
        S("topic-json", "/t/{topic.id}.json?track_visit=true&forceLoad=true", "thing", w=9, loads="avatar*3 upload*1", crawl=False),
        S("posts", "/t/{topic.id}/posts.json?post_ids[]={~n:90000}&post_ids[]={~n:90000}", "thing"),
        S("timings", "/topics/timings", "other", method="POST"),
        S("bus", "/message-bus/{~sid}/poll", "other", method="POST"),
        S("card", "/u/{user.name}/card.json", "person", "user", w=4, loads="avatar-large", then="profile", crawl=False),
        S("profile", "/u/{user.name}", "person", "user", w=3, loads="profile-json avatar-large", then="summary"),
        S("profile-json", "/u/{user.name}.json", "person", "user"),
        S("summary", "/u/{user.name}/summary", "person", "user", w=2, loads="summary-json", then="activity"),
        S("summary-json", "/u/{user.name}/summary.json", "person", "user"),
        S("activity", "/user_actions.json?offset={~page30}&username={user.name}&filter=4,5", "person", "user", w=2, crawl=False),
        S("directory", "/directory_items.json?period={~of:weekly|monthly|all}&order=likes_received&page={~page}", "list", w=2, loads="avatar*8",
          then="card profile"),
        S("directory-page", "/u?order=likes_received&period={~of:weekly|monthly|all}", "list", w=1),
        S("search", "/search/query?term={~q}", "either", w=2, crawl=False),
        S("avatar", "/user_avatar/www.example.org/{user.name}/48/{~n:3}_2.png", "person", "user"),
        S("avatar-large", "/user_avatar/www.example.org/{user.name}/144/7_2.png", "person", "user"),
        S("upload", "/uploads/default/original/2X/{upload.hash}.jpeg", "thing"),
    ], visitors=800, pages=5, days=2, assets=7)


def doctors():
    def make(rng, n):
        slug = ascii_slug(rng.choice(["dr-", "dr-med-", "dr-", "prof-dr-", ""]) + person(rng, FIRST_DE, LAST_DE) + rng.choice(["", "", "-" + rng.choice(LAST_DE)]))
        return {"id": str(80000000 + n * 1371), "slug": slug, "city": ascii_slug(rng.choice(CITIES_DE)), "subject": rng.choice(SUBJECTS)}

    SUBJECTS = "zahnarzt hautarzt orthopaede internist augenarzt frauenarzt kinderarzt hno-arzt urologe kardiologe".split()
    pools = {
        "doctor": Pool(900, make),
        "place": Pool(150, lambda rng, n: {"city": ascii_slug(CITIES_DE[n % 15]), "subject": SUBJECTS[n // 15]}),
        "guide": Pool(200, lambda rng, n: {"slug": ascii_slug(f"{rng.choice(NOUNS_DE)}-{rng.choice(TOPICS_DE)}") + rng.choice(["", "-teil-2", "-ratgeber"])}),
        "practice": Pool(250, lambda rng, n: {"slug": ascii_slug(f"gemeinschaftspraxis-{rng.choice(LAST_DE)}-{rng.choice(CITIES_DE)}")}),
    }
    return Site("doctors-de", pools, [
        S("home", "/", "other", w=8),
        S("list", "/{place.city}/{place.subject}/", "list", w=12, loads="portrait*5", then="doctor doctor list-page"),
        S("list-page", "/{place.city}/{place.subject}/?seite={~page}", "list", w=3, loads="portrait*5", then="doctor"),
        S("search", "/suche?was={place.subject}&wo={place.city}&seite={~page}", "list", w=5, loads="portrait*4", then="doctor"),
        S("doctor", "/{doctor.city}/{doctor.subject}/{doctor.slug}/uebersicht/{doctor.id}/", "person", "doctor", w=20, loads="portrait calendar",
          then="reviews list doctor"),
        S("reviews", "/{doctor.city}/{doctor.subject}/{doctor.slug}/bewertungen/{doctor.id}/", "person", "doctor", w=2, loads="portrait"),
        S("calendar", "/termin/kalender?arzt={doctor.id}&woche={~n:52}", "person", "doctor"),
        S("portrait", "/profilbild/{doctor.id}_m.jpg", "person", "doctor"),
        S("guide", "/ratgeber/{guide.slug}", "thing", w=9, then="guide"),
        S("practice", "/praxis/{practice.slug}", "either", w=3),
    ], visitors=1200, pages=5, days=2)


def university():
    pools = {
        "staff": Pool(140, lambda rng, n: (lambda last: {"login": rng.choice([last, last[:6] + "x" * (n % 2), rng.choice("abcdehjkmrst") + last]) +
                                                         (str(n) if n % 5 == 0 else "")})(rng.choice(LAST))),
        "paper": Pool(300, lambda rng, n: {"file": f"{rng.choice(NOUNS)}{rng.randint(98, 124) % 100:02d}.pdf"}, owner="staff"),
        "course": Pool(70, lambda rng, n: {"code": f"{rng.choice(['cs', 'ma', 'ph', 'bio'])}{101 + n * 7}"}),
        "news": Pool(80, lambda rng, n: {"slug": title(rng, 4), "day": f"{1 + n % 12:02d}{1 + n % 28:02d}"}),
    }
    return Site("university", pools, [
        S("home", "/", "other", w=10),
        S("people", "/people/", "list", w=4, then="staff staff people-letter"),
        S("people-letter", "/people/index.php?letter={~letter}", "list", w=5, then="staff staff"),
        S("phonebook", "/cgi-bin/phonebook?name={~name}", "list", w=2, then="staff"),
        S("staff", "/~{staff.login}/", "person", "staff", w=14, loads="photo", then="publications paper"),
        S("publications", "/~{staff.login}/publications.html", "person", "staff", w=4, then="paper"),
        S("paper", "/~{staff.login}/papers/{paper.file}", "person", "staff", w=4),
        S("photo", "/~{staff.login}/photo.jpg", "person", "staff"),
        S("course", "/courses/{course.code}/", "thing", w=12, then="course-notes staff"),
        S("course-notes", "/courses/{course.code}/notes/week{~n:12}.pdf", "thing", w=5),
        S("news", "/news/2025/{news.day}-{news.slug}.html", "thing", w=6),
    ], visitors=300, pages=3, days=3, most=2100, assets=4)


def real_estate():
    pools = {
        "agent": Pool(140, lambda rng, n: {"slug": person(rng) + ("" if n % 12 else str(n)), "id": str(400 + n)}),
        "home": Pool(5000, lambda rng, n: {"slug": f"{rng.randint(1, 999)}-{rng.choice(STREETS)}-{rng.choice(['st', 'ave', 'rd', 'ln'])}-{rng.choice(CITIES)}",
                                           "id": str(7100000 + n * 13)}, owner="agent"),
        "city": Pool(60, lambda rng, n: {"slug": f"{CITIES[n % 20]}-{['ca', 'ny', 'tx'][n // 20]}"}),
        "office": Pool(45, lambda rng, n: {"slug": f"{rng.choice(LAST)}-realty-{rng.choice(CITIES)}"}),
    }
    return Site("real-estate", pools, [
        S("home", "/", "other", w=8),
        S("city", "/homes-for-sale/{city.slug}/?page={~page}", "thing", w=20, loads="photo*4 tile*3", then="listing listing city"),
        S("listing", "/property/{home.slug}-{home.id}/", "thing", w=40, loads="photo*3 similar agent-photo view", then="listing agent listing"),
        S("similar", "/api/listings/{home.id}/similar?limit=6", "thing"),
        S("view", "/api/events/view", "other", method="POST", reads=False),
        S("photo", "/media/listings/{home.id}/{~n:9}-800x600.webp", "thing"),
        S("agent", "/agents/{agent.slug}/", "person", "agent", w=3, loads="agent-photo photo*3", then="agent-sold listing"),
        S("agent-sold", "/agents/{agent.slug}/sold?page={~page}", "person", "agent", w=1, loads="photo*3"),
        S("agent-photo", "/media/agents/{agent.id}/portrait-300.jpg", "person", "agent"),
        S("agents", "/agents?page={~page}", "list", w=1, loads="agent-photo*6", then="agent"),
        S("agents-city", "/agents/in/{city.slug}", "list", w=1, loads="agent-photo*4", then="agent"),
        S("office", "/offices/{office.slug}", "thing", w=1),
        S("tile", "/map/tiles/{~n:14}/{~n:900}/{~n:900}.png", "thing"),
    ], visitors=2000, pages=7, days=2, most=100000)


def jobs():
    pools = {
        "candidate": Pool(700, lambda rng, n: {"id": str(50000 + n * 17), "slug": person(rng) + "-" + hexa(rng, 8), "cv": hexa(rng, 32)}),
        "job": Pool(1600, lambda rng, n: {"id": str(910000 + n * 3), "slug": f"{rng.choice(['senior', 'junior', 'lead'])}-{rng.choice(NOUNS)}-"
                                          f"{rng.choice(['engineer', 'manager', 'analyst', 'nurse', 'driver'])}-{rng.choice(CITIES)}"}),
        "company": Pool(220, lambda rng, n: {"slug": f"{rng.choice(LAST)}-{rng.choice(['and-sons', 'group', 'logistics', 'labs', 'partners'])}", "id": str(10 + n)}),
    }
    return Site("job-board", pools, [
        S("home", "/", "other", w=6),
        S("jobs", "/jobs?q={~q}&l={~of:hudson|dayton|salem|dover}&page={~page}", "other", w=16, loads="logo*5", then="job job jobs"),
        S("job", "/jobs/{job.id}/{job.slug}", "thing", w=24, loads="logo*1", then="apply company job"),
        S("apply", "/apply/{job.id}", "thing", w=2, crawl=False),
        S("company", "/company/{company.slug}", "thing", w=5, loads="logo", then="job"),
        S("logo", "/logos/{company.id}_120.png", "thing"),
        S("candidates", "/candidates?skills={~q}&page={~page}", "list", w=3, then="candidate candidate resume"),
        S("candidate", "/candidates/{candidate.id}", "person", "candidate", w=4, loads="candidate-json", then="cv resume"),
        S("candidate-json", "/api/candidates/{candidate.id}/timeline", "person", "candidate"),
        S("resume", "/resume/{candidate.slug}", "person", "candidate", w=3),
        S("cv", "/files/cv/{candidate.cv}.pdf", "person", "candidate", w=1, crawl=False),
    ], visitors=1500, pages=5, days=2)


def dating():
    pools = {
        "member": Pool(1200, lambda rng, n: {"id": random_uuid(rng)}),
        "photo": Pool(3500, lambda rng, n: {"hash": hexa(rng, 24)}, owner="member"),
        "chat": Pool(800, lambda rng, n: {"id": random_uuid(rng)}),
        "venue": Pool(200, lambda rng, n: {"id": random_uuid(rng)}),
    }
    return Site("dating", pools, [
        S("app", "/app", "other", w=6, loads="recs me"),
        S("me", "/api/v1/me", "other"),
        S("recs", "/api/v1/recs?limit=25&cursor={~ts}", "list", w=10, loads="photo*5", then="profile profile-json", crawl=False),
        S("profile", "/app/profile/{member.id}", "person", "member", w=4, loads="profile-json photo", then="like recs venue-json"),
        S("profile-json", "/api/v1/profiles/{member.id}", "person", "member", w=6, loads="photo prompts", then="like recs", crawl=False),
        S("prompts", "/api/v1/profiles/{member.id}/prompts", "person", "member"),
        S("like", "/api/v1/likes", "other", w=2, method="POST"),
        S("photo", "/cdn/photos/{member.id}/{photo.hash}_640.webp", "person", "member"),
        S("chat", "/api/v1/conversations/{chat.id}/messages?limit=40", "either", w=4, crawl=False),
        S("venue-json", "/api/v1/venues/{venue.id}", "thing", w=4, crawl=False),
        S("event", "/api/v1/events/{~uuid}", "other", w=2, method="POST", reads=False),
    ], visitors=900, pages=8, days=2)


def mastodon():
    def account(rng, n):
        number = f"{109000000000000000 + n * 7310413:018d}"
        return {"name": login(rng) + (str(n) if n % 8 == 0 else ""), "id": number, "path": "/".join(number[at:at + 3] for at in range(0, 18, 3)),
                "avatar": hexa(rng, 16)}

    def status(rng, n):
        number = f"{112000000000000000 + n * 91310417:018d}"
        return {"id": number}

    def media(rng, n):
        number = f"{112000000000000000 + n * 5310417:018d}"
        return {"path": "/".join(number[at:at + 3] for at in range(0, 18, 3)), "hash": hexa(rng, 16)}

    pools = {
        "account": Pool(400, account),
        "status": Pool(2500, status, owner="account"),
        "media": Pool(900, media),
        "tag": Pool(200, lambda rng, n: {"name": rng.choice(NOUNS) + rng.choice(["", "s", rng.choice(NOUNS)])}),
    }
    return Site("mastodon", pools, [
        S("about", "/about", "other", w=4),
        S("explore", "/explore", "other", w=6, loads="avatar*4"),
        S("account", "/@{account.name}", "person", "account", w=10, loads="lookup avatar account-statuses", then="status status followers"),
        S("status", "/@{account.name}/{status.id}", "person", "account", w=16, loads="status-json context avatar media*1", then="account status"),
        S("followers", "/@{account.name}/followers", "person", "account", w=1),
        S("lookup", "/api/v1/accounts/lookup?acct={account.name}", "person", "account"),
        S("account-statuses", "/api/v1/accounts/{account.id}/statuses?exclude_replies=true", "person", "account"),
        S("status-json", "/api/v1/statuses/{status.id}", "thing"),
        S("context", "/api/v1/statuses/{status.id}/context", "thing"),
        S("actor", "/users/{account.name}", "person", "account", w=8, crawl=False),
        S("outbox", "/users/{account.name}/outbox?page=true", "person", "account", w=2, crawl=False),
        S("actor-status", "/users/{account.name}/statuses/{status.id}", "person", "account", w=6, crawl=False),
        S("webfinger", "/.well-known/webfinger?resource=acct:{account.name}@www.example.org", "person", "account", w=4, crawl=False),
        S("inbox", "/users/{account.name}/inbox", "either", w=3, method="POST", reads=False),
        S("shared-inbox", "/inbox", "other", w=6, method="POST", reads=False),
        S("tag", "/tags/{tag.name}", "thing", w=4, then="status"),
        S("directory", "/directory", "list", w=1, loads="directory-json avatar*6", then="account"),
        S("directory-json", "/api/v1/directory?limit=40&offset={~page40}&order=active", "list", w=1, crawl=False, then="account"),
        S("avatar", "/system/accounts/avatars/{account.path}/original/{account.avatar}.png", "person", "account"),
        S("media", "/system/media_attachments/files/{media.path}/small/{media.hash}.jpg", "thing"),
    ], visitors=900, pages=5, days=2)


def newspaper():
    def article(rng, n):
        return {"path": f"{rng.choice(['politics', 'sport', 'culture', 'business'])}/2025/{1 + n % 5:02d}/{1 + n % 28:02d}", "slug": title(rng, 5), "id": str(n)}

    pools = {
        "author": Pool(160, lambda rng, n: {"slug": person(rng)}),
        "article": Pool(2500, article, owner="author", skew=1.0),
        "picture": Pool(2000, lambda rng, n: {"hash": hexa(rng, 32)}),
        "topic": Pool(150, lambda rng, n: {"slug": f"{rng.choice(ADJECTIVES)}-{rng.choice(NOUNS)}"}),
        "dead": Pool(250, lambda rng, n: {"slug": person(rng), "id": str(3000 + n)}),
    }
    return Site("newspaper", pools, [
        S("home", "/", "other", w=25, loads="picture*4", then="article article"),
        S("section", "/{~of:politics|sport|culture|business}", "other", w=10, loads="picture*3", then="article"),
        S("article", "/{article.path}/{article.slug}.html", "thing", w=50, loads="picture*3 comments beacon", then="article author topic amp"),
        S("amp", "/amp/{article.path}/{article.slug}", "thing", w=5),
        S("comments", "/api/comments?article={article.id}&limit=20", "thing"),
        S("beacon", "/api/beacon?t={~ts}", "other"),
        S("author", "/by/{author.slug}", "person", "author", w=4, loads="picture*2", then="article author-page"),
        S("author-page", "/by/{author.slug}?page={~page}", "person", "author", w=1, then="article"),
        S("author-feed", "/by/{author.slug}/rss", "person", "author", w=1),
        S("masthead", "/authors", "list", w=1, then="author"),
        S("topic", "/topic/{topic.slug}", "thing", w=5, then="article"),
        S("picture", "/img/2025/05/{picture.hash}.jpg", "thing"),
        S("obituary", "/obituaries/{dead.slug}-{dead.id}", "either", w=3),
    ], visitors=2000, pages=8, days=2, most=100000)


def shop():
    def product(rng, n):
        return {"slug": f"{rng.choice(ADJECTIVES)}-{rng.choice(NOUNS)}-{rng.choice(['set', 'kit', 'black', 'xl', 'duo'])}", "sku": f"{rng.choice('ABKX')}{10000 + n * 7}"}

    pools = {
        "product": Pool(2500, product),
        "brand": Pool(120, lambda rng, n: {"slug": person(rng) if n % 2 else f"{rng.choice(NOUNS)}-{rng.choice(['co', 'works', 'line'])}"}),
        "category": Pool(80, lambda rng, n: {"slug": f"{rng.choice(NOUNS)}s-{rng.choice(NOUNS)}s"}),
        "order": Pool(400, lambda rng, n: {"key": hexa(rng, 24)}),
    }
    return Site("shop", pools, [
        S("home", "/", "other", w=10, loads="image*3"),
        S("category", "/c/{category.slug}?page={~page}", "thing", w=18, loads="image*5", then="product product category"),
        S("product", "/p/{product.slug}-{product.sku}.html", "thing", w=30, loads="image stock reviews image*2", then="cart product brand"),
        S("image", "/images/products/{product.sku}_1_600.jpg", "thing"),
        S("stock", "/api/stock?sku={product.sku}", "thing"),
        S("reviews", "/api/products/{product.sku}/reviews?limit=10", "thing"),
        S("brand", "/brand/{brand.slug}", "thing", w=5, loads="image*3", then="product"),
        S("cart-add", "/cart/add", "other", w=3, method="POST"),
        S("cart", "/cart?sid={~sid}", "other", w=5, crawl=False),
        S("order", "/checkout/thank-you/{order.key}", "either", w=1, crawl=False),
        S("search", "/search?q={~q}&sort={~of:price|new}", "other", w=5, loads="image*3"),
    ], visitors=1300, pages=6, days=2)


def spa():
    pools = {
        "member": Pool(260, numbered(3, 1001)),
        "project": Pool(120, numbered(1, 51)),
        "task": Pool(2500, numbered(2, 20001)),
        "file": Pool(300, lambda rng, n: {"id": random_uuid(rng)}),
    }
    return Site("spa", pools, [
        S("app", "/", "other", w=10, loads="me graphql socket"),
        S("me", "/api/v2/me", "other"),
        S("graphql", "/graphql", "other", w=10, method="POST"),
        S("socket", "/socket.io/?EIO=4&transport=polling&t={~ts}&sid={~sid}", "other"),
        S("project", "/api/v2/projects/{project.id}", "thing", w=8, loads="tasks member*2 graphql", then="task", crawl=False),
        S("tasks", "/api/v2/projects/{project.id}/tasks?limit=50&offset={~page50}", "thing"),
        S("task", "/api/v2/tasks/{task.id}", "thing", w=14, loads="member*1 comments", then="member task file", crawl=False),
        S("comments", "/api/v2/tasks/{task.id}/comments", "thing"),
        S("member", "/api/v2/members/{member.id}", "person", "member", w=5, loads="member-avatar member-activity", crawl=False),
        S("member-avatar", "/api/v2/members/{member.id}/avatar?size=64", "person", "member"),
        S("member-activity", "/api/v2/members/{member.id}/activity?limit=20", "person", "member"),
        S("member-route", "/members/{member.id}", "person", "member", w=2, loads="member"),
        S("members", "/api/v2/members?limit=50&offset={~page50}", "list", w=4, loads="member-avatar*5", then="member", crawl=False),
        S("people-search", "/api/v2/search/people?q={~name}&limit=10", "list", w=2, then="member", crawl=False),
        S("file", "/api/v2/files/{file.id}/download", "thing", w=3, crawl=False),
    ], visitors=400, pages=9, days=2)


def genealogy():
    pools = {
        "person": Pool(900, lambda rng, n: {"id": f"I{1 + n}"}),
        "family": Pool(350, lambda rng, n: {"id": f"F{1 + n}"}),
        "source": Pool(90, lambda rng, n: {"id": f"S{1 + n}"}),
        "media": Pool(250, lambda rng, n: {"id": f"M{1 + n}"}),
        "surname": Pool(100, lambda rng, n: {"name": rng.choice(LAST + [ascii_slug(name) for name in LAST_DE]).title()}),
    }
    return Site("genealogy", pools, [
        S("index", "/index.php?ctype=gedcom&ged=tree", "other", w=8),
        S("person", "/individual.php?pid={person.id}&ged=tree", "person", "person", w=22, then="pedigree family person media"),
        S("pedigree", "/pedigree.php?rootid={person.id}&ged=tree&PEDIGREE_GENERATIONS={~of:4|5|6}", "person", "person", w=5, then="person"),
        S("descendants", "/descendancy.php?pid={person.id}&ged=tree", "person", "person", w=3),
        S("family", "/family.php?famid={family.id}&ged=tree", "either", w=5, then="person"),
        S("surname", "/indilist.php?surname={surname.name}&ged=tree", "list", w=6, then="person person"),
        S("initials", "/indilist.php?alpha={~letter}&ged=tree", "list", w=3, then="surname person"),
        S("source", "/source.php?sid={source.id}&ged=tree", "thing", w=5),
        S("media", "/mediaviewer.php?mid={media.id}&ged=tree", "thing", w=5),
        S("places", "/placelist.php?level=1&ged=tree", "other", w=1),
    ], visitors=500, pages=5, days=3, most=6000)


def league():
    pools = {
        "player": Pool(420, lambda rng, n: {"slug": person(rng, FIRST_ES, LAST_ES) + rng.choice(["", "-" + ascii_slug(rng.choice(LAST_ES))]), "id": str(2000 + n * 3)}),
        "team": Pool(40, lambda rng, n: {"slug": f"{['real', 'atletico', 'deportivo', 'cd', 'ud'][n % 5]}-{ascii_slug(LAST_ES[n])}", "id": str(10 + n)}),
        "match": Pool(380, numbered(1, 88000)),
        "news": Pool(400, lambda rng, n: {"slug": ascii_slug(f"{rng.choice(NOUNS_ES)}-{rng.choice(VERBS_ES)}-{rng.choice(NOUNS_ES)}-{rng.choice(NOUNS_ES)}")}),
        "referee": Pool(45, lambda rng, n: {"slug": person(rng, FIRST_ES, LAST_ES)}),
    }
    return Site("league-es", pools, [
        S("home", "/", "other", w=10, loads="crest*4"),
        S("news", "/noticias/{news.slug}", "thing", w=14, then="player news"),
        S("table", "/clasificacion?temporada=2024-25&jornada={~n:38}", "other", w=8, loads="crest*6", then="team match"),
        S("match", "/partidos/{match.id}", "thing", w=12, loads="crest*2 live", then="player team"),
        S("live", "/api/partidos/{match.id}/directo", "thing"),
        S("team", "/equipos/{team.slug}", "thing", w=9, loads="crest", then="squad"),
        S("squad", "/equipos/{team.slug}/plantilla", "list", w=5, loads="face*6", then="player player"),
        S("player", "/jugadores/{player.id}/{player.slug}", "person", "player", w=12, loads="face", then="player-stats team"),
        S("player-stats", "/jugadores/{player.id}/{player.slug}/estadisticas", "person", "player", w=2),
        S("players", "/jugadores?posicion={~of:portero|defensa|delantero}&pagina={~page}", "list", w=3, loads="face*5", then="player"),
        S("referee", "/arbitros/{referee.slug}", "person", "referee", w=2),
        S("face", "/fotos/jugadores/{player.id}.png", "person", "player"),
        S("crest", "/escudos/{team.id}.png", "thing"),
    ], visitors=1000, pages=6, days=2)


def hosts():
    pools = {
        "user": Pool(220, lambda rng, n: {"name": login(rng).lower().replace("_", "-") + (str(n) if n % 8 == 0 else "")}),
        "post": Pool(1800, lambda rng, n: {"slug": title(rng, 4), "month": f"{1 + n % 5:02d}"}, owner="user"),
        "tag": Pool(150, lambda rng, n: {"name": rng.choice(NOUNS) + rng.choice(["", "s"])}),
        "media": Pool(700, lambda rng, n: {"hash": hexa(rng, 20)}),
    }
    return Site("hosts", pools, [
        S("www", "//www.example.org/", "other", w=6),
        S("explore", "//www.example.org/explore?page={~page}", "other", w=5, then="post blog"),
        S("writers", "//www.example.org/writers?page={~page}", "list", w=3, then="blog blog"),
        S("tag", "//www.example.org/tag/{tag.name}", "thing", w=5, then="post"),
        S("blog", "//{user.name}.example.org/", "person", "user", w=15, loads="media*2 blog-avatar", then="post post blog-about"),
        S("blog-about", "//{user.name}.example.org/about", "person", "user", w=2),
        S("post", "//{user.name}.example.org/2025/{post.month}/{post.slug}", "person", "user", w=22, loads="media*1 blog-avatar", then="blog post"),
        S("feed", "//{user.name}.example.org/feed.xml", "person", "user", w=4),
        S("blog-avatar", "//{user.name}.example.org/avatar.png", "person", "user"),
        S("media", "//media.example.org/{media.hash}.jpg", "thing"),
    ], visitors=900, pages=5, days=2, vhost=True)


def japanese():
    pools = {
        "talent": Pool(300, lambda rng, n: {"name": encoded(rng.choice(LAST_JA) + rng.choice(FIRST_JA)) + (encoded("・") + "jr" if n % 25 == 0 else "")}),
        "show": Pool(240, lambda rng, n: {"title": encoded(rng.choice("夜 朝 夏 冬 旅 海 山 光 風 星".split()) + rng.choice("の ".split() + ["と"]) +
                                                           rng.choice("料理 電車 音楽 物語 時間 散歩 秘密 教室 食堂 写真".split()) + rng.choice("二 三 特番 劇場 便り 紀行".split()))}),
        "news": Pool(500, lambda rng, n: {"id": str(2025050000 + n * 3)}),
        "member": Pool(200, numbered(9, 12003)),
    }
    return Site("japanese", pools, [
        S("home", "/", "other", w=10),
        S("talent", "/" + encoded("タレント") + "/{talent.name}", "person", "talent", w=14, then="talent-credits show talent"),
        S("talent-credits", "/" + encoded("タレント") + "/{talent.name}/" + encoded("出演作"), "person", "talent", w=3),
        S("talents", "/" + encoded("タレント") + "/?" + "p={~page}", "list", w=4, then="talent"),
        S("show", "/" + encoded("番組") + "/{show.title}", "thing", w=14, then="talent show"),
        S("news", "/news/{news.id}", "thing", w=10),
        S("member", "/mypage/{member.id}", "person", "member", w=4),
        S("search", "/search?q=" + encoded("山") + "{~n:9}", "other", w=2),
    ], visitors=700, pages=5, days=2)


def cyrillic():
    pools = {
        "doctor": Pool(220, lambda rng, n: {"slug": encoded(rng.choice(LAST_RU) + "-" + rng.choice(FIRST_RU)).lower(), "id": str(300 + n)}),
        "service": Pool(130, lambda rng, n: {"slug": encoded(rng.choice("удаление лечение установка осмотр массаж диагностика анализ".split()) + "-" +
                                                             rng.choice("зуба сустава сердца кожи спины импланта крови глаза".split()) +
                                                             rng.choice(["", "-срочно", "-лазером", "-детям"]))}),
        "clinic": Pool(40, lambda rng, n: {"slug": encoded("клиника-" + rng.choice("северная южная центральная речная садовая".split()) + f"-{n}")}),
    }
    return Site("cyrillic", pools, [
        S("home", "/", "other", w=10),
        S("doctors", "/" + encoded("врачи") + "?page={~page}", "list", w=6, loads="photo*5", then="doctor doctor"),
        S("doctor", "/" + encoded("врачи") + "/{doctor.slug}", "person", "doctor", w=16, loads="photo slots", then="service doctor"),
        S("slots", "/ajax/slots.php?doctor_id={doctor.id}&day={~n:31}", "person", "doctor"),
        S("photo", "/upload/doctors/{doctor.id}.jpg", "person", "doctor"),
        S("service", "/" + encoded("услуги") + "/{service.slug}", "thing", w=14, then="doctors"),
        S("clinic", "/" + encoded("клиники") + "/{clinic.slug}", "thing", w=5),
        S("reviews", "/" + encoded("отзывы") + "?page={~page}", "either", w=3),
    ], visitors=500, pages=4, days=2, most=6000)


def forge():
    pools = {
        "user": Pool(260, lambda rng, n: {"name": login(rng) + (str(n) if n % 8 == 0 else ""), "hash": hexa(rng, 32)}),
        "repo": Pool(500, lambda rng, n: {"name": f"{rng.choice(NOUNS)}-{rng.choice(NOUNS)}"}, owner="user"),
        "commit": Pool(3000, lambda rng, n: {"hash": hexa(rng, 40)}, owner="repo"),
    }
    return Site("forge", pools, [
        S("home", "/", "other", w=6),
        S("explore", "/explore/repos?page={~page}", "other", w=5, loads="avatar*4", then="repo"),
        S("users", "/explore/users?page={~page}", "list", w=3, loads="avatar*6", then="user user"),
        S("user", "/{user.name}", "person", "user", w=8, loads="avatar heatmap", then="repo repo stars"),
        S("stars", "/{user.name}?tab=stars", "person", "user", w=1),
        S("heatmap", "/api/v1/users/{user.name}/heatmap", "person", "user"),
        S("repo", "/{user.name}/{repo.name}", "either", w=16, then="issues source commit user"),
        S("issues", "/{user.name}/{repo.name}/issues/{~n:200}", "either", w=6, loads="avatar*2"),
        S("source", "/{user.name}/{repo.name}/src/branch/main/{~of:README.md|Makefile|src/main.c|docs/usage.md}", "either", w=6),
        S("commit", "/{user.name}/{repo.name}/commit/{commit.hash}", "either", w=6, loads="avatar*1"),
        S("avatar", "/avatars/{user.hash}?size=96", "person", "user"),
        S("login", "/user/login?redirect_to=%2f{user.name}", "other", w=2),
    ], visitors=700, pages=5, days=2)


def classifieds():
    pools = {
        "seller": Pool(700, numbered(53, 9100003)),
        "ad": Pool(2500, lambda rng, n: {"slug": ascii_slug(f"{rng.choice(ADJECTIVES)}-{rng.choice(NOUNS)}-{rng.choice(['neu', 'gebraucht', 'top'])}"),
                                         "id": str(2700000000 + n * 331), "c": str(80 + n % 40), "o": str(3000 + n % 300)}, owner="seller"),
        "picture": Pool(3000, lambda rng, n: {"id": random_uuid(rng), "two": hexa(rng, 2)}),
    }
    return Site("classifieds-de", pools, [
        S("home", "/", "other", w=8),
        S("search", "/s-{~of:berlin|essen|bremen}/seite:{~page}/{~q}/k0", "other", w=16, loads="picture*4", then="ad ad"),
        S("ad", "/s-anzeige/{ad.slug}/{ad.id}-{ad.c}-{ad.o}", "thing", w=32, loads="picture*2 visits", then="seller ad ad"),
        S("visits", "/s-vac-inc-get.json?adId={ad.id}", "thing"),
        S("seller", "/s-bestandsliste.html?userId={seller.id}", "person", "seller", w=3, loads="picture*2 badges", then="ad seller-page"),
        S("seller-page", "/s-bestandsliste.html?userId={seller.id}&pageNum={~page}", "person", "seller", w=1),
        S("badges", "/s-user-badges.json?user={seller.id}", "person", "seller"),
        S("picture", "/api/v1/prod-ads/images/{picture.two}/{picture.id}?rule=$_59.JPG", "thing"),
        S("contact", "/s-anbieter-kontakt.json", "other", w=2, method="POST"),
    ], visitors=1400, pages=6, days=2)


def law_firm():
    pools = {
        "lawyer": Pool(90, lambda rng, n: {"slug": person(rng) + ("" if n % 10 else "-iii")}),
        "insight": Pool(110, lambda rng, n: {"slug": title(rng, 5)}),
        "area": Pool(32, lambda rng, n: {"slug": f"{rng.choice(ADJECTIVES)}-{NOUNS[n]}-law"}),
    }
    return Site("law-firm", pools, [
        S("home", "/", "other", w=10),
        S("attorneys", "/attorneys/", "list", w=5, loads="headshot*4", then="lawyer lawyer"),
        S("attorneys-letter", "/attorneys/?letter={~letter}&office={~of:12|14|19}", "list", w=3, loads="headshot*3", then="lawyer"),
        S("lawyer", "/attorneys/{lawyer.slug}/", "person", "lawyer", w=16, loads="headshot", then="vcard area"),
        S("vcard", "/vcard/{lawyer.slug}.vcf", "person", "lawyer", w=2),
        S("headshot", "/wp-content/uploads/headshots/{lawyer.slug}-300x300.jpg", "person", "lawyer"),
        S("insight", "/insights/{insight.slug}/", "thing", w=10),
        S("area", "/practice-areas/{area.slug}/", "thing", w=6, then="lawyer"),
    ], visitors=260, pages=3, days=2, most=2100, assets=4)


SITES = [phpbb, wiki, discourse, doctors, university, real_estate, jobs, dating, mastodon, newspaper, shop, spa, genealogy, league, hosts, japanese, cyrillic,
         forge, classifieds, law_firm]
