// SPDX-License-Identifier: Apache-2.0
// The lists behind words.h, each a text with a blank between the words. Data alone; words.cpp reads it.
//
// Words as they stand in URLs: mostly without accents, so both forms are there. English first, then German,
// French, Spanish, Portuguese, Italian, Dutch, Swedish, Danish and Norwegian, Finnish, Polish, Czech,
// Hungarian, Romanian, Turkish, Russian and Ukrainian (also in Latin letters), Greek, Indonesian, Vietnamese,
// Japanese, Chinese, Korean, Arabic.
#pragma once

#include <string_view>

namespace sluice::detection::words {

// What stands before people.
inline constexpr std::string_view kPeople =
    "user users member members people person persons profile profiles staff author authors employee "
    "employees team contact contacts customer customers client clients patient patients student students "
    "teacher teachers alumni faculty expert experts doctor doctors physician physicians lawyer lawyers "
    "attorney attorneys agent agents player players actor actors artist artists speaker speakers "
    "candidate candidates account accounts friend friends uid username nickname nick vcard resume resumes "
    "cv seller sellers buyer freelancer freelancers individual individuals uname userinfo contributor "
    "contributors follower followers u photographer photographers therapist therapists tutor tutors "
    "dating singles owner owners avatar avatars portrait portraits headshot headshots pupil pupils "
    "professor professors researcher researchers politician politicians citizen citizens colleague "
    "colleagues crew benutzer nutzer mitglied mitglieder person personen profil profile mitarbeiter "
    "mitarbeiterin mitarbeitende autor autoren kunde kunden lehrer schueler arzt aerzte anwalt anwaelte "
    "ansprechpartner kontakt kontakte spieler leute utilisateur utilisateurs membre membres personne "
    "personnes profils auteur auteurs employe employes equipe annuaire salarie salaries medecin medecins "
    "avocat avocats etudiant etudiants joueur joueurs personnel usuario usuarios miembro miembros persona "
    "personas perfil perfiles autores empleado empleados equipo cliente clientes medico medicos abogado "
    "abogados alumno alumnos jugador jugadores contacto contactos socio socios utilizador utilizadores "
    "membro membros pessoa pessoas perfis funcionario funcionarios colaborador colaboradores aluno alunos "
    "jogador advogado advogados utente utenti membri persone profilo profili autore autori dipendente "
    "dipendenti squadra clienti medici avvocato avvocati studente studenti gebruiker gebruikers lid leden "
    "persoon personen profiel profielen medewerker medewerkers klant klanten arts artsen docent docenten "
    "mensen anvandare användare medlem medlemmar personer profiler forfattare författare anstalld "
    "anställda kund kunder larare lärare elev elever bruger brugere bruker brukere medlemmer forfatter "
    "forfattere medarbejder medarbejdere ansatt ansatte kunde folk kayttaja käyttäjä kayttajat käyttäjät "
    "jasen jäsen jasenet jäsenet henkilo henkilö henkilot henkilöt henkilosto profiili profiilit "
    "kirjoittaja uzytkownik użytkownik uzytkownicy użytkownicy osoba osoby czlonek członek czlonkowie "
    "członkowie pracownik pracownicy klient klienci lekarz lekarze uzivatel uživatel uzivatele uživatelé "
    "clen člen clenove členové osoby lide lidé zamestnanec zaměstnanec zamestnanci zaměstnanci lekar "
    "lékař lekari felhasznalo felhasználó felhasznalok felhasználók tag tagok szemely személy szemelyek "
    "munkatars munkatárs munkatarsak munkatársak szerzo szerző ugyfel utilizator utilizatori membrii "
    "persoana persoană persoane angajat angajati angajați clienti medic kullanici kullanıcı kullanicilar "
    "kullanıcılar uye üye uyeler üyeler kisi kişi kisiler kişiler calisan çalışan calisanlar yazar "
    "yazarlar musteri müşteri polzovatel polzovateli пользователь пользователи участник участники люди "
    "lyudi chelovek человек sotrudnik sotrudniki сотрудник сотрудники профиль avtor avtory автор авторы "
    "vrach vrachi врач врачи klienty uchastnik користувач користувачі особа особи автори xristis χρήστης "
    "χρήστες melos meli μέλος μέλη άτομο προφίλ pengguna anggota orang karyawan pegawai penulis pelanggan "
    "acct mypage talent talents descendancy descendants descendant ancestors ancestor ancestry pedigree relatives "
    "stammbaum steckbrief verfasser redakteur redakteure schauspieler abgeordnete abgeordneter kandidat kandidaten "
    "redacteur redacteurs comedien comediens depute deputes candidat candidats redactor redactores actriz actores "
    "diputado diputados candidato candidatos doente docente docenti paziente pazienti calciatore calciatori "
    "spelers speler acteurs acteur kandidaat kandidaten skadespelare skuespiller pelaaja pelaajat zawodnik zawodnicy "
    "hrac hraci hráč hráči jatekos játékos jucator jucatori oyuncu oyuncular doktor doktorlar igrok igroki игрок игроки "
    "депутат депутаты актер актеры студент студенты dokter pemain dosen bacsi "
    "profil nguoi-dung nguoidung thanh-vien thanhvien nhanvien tacgia ユーザー 会員 社員 著者 人物 プロフィール yuza kaiin "
    "メンバー タレント 選手 俳優 声優 女優 作家 議員 医師 先生 教員 講師 スタッフ 作者 役者 アーティスト 監督 マイページ "
    "人物 演员 運動員 运动员 球员 医生 教师 老师 学生 律师 作家 个人 個人 主页 艺人 明星 배우 선수 의사 교수 작가 학생 "
    "프로필 인물 강사 변호사 ممثل طبيب طبيبة لاعب لاعبين طالب طلاب مدرس كاتب كتاب "
    "用户 会员 员工 作者 人员 用戶 會員 yonghu huiyuan 사용자 회원 직원 저자 مستخدم مستخدمين عضو أعضاء موظف موظفين مؤلف";

// What stands before other things, and what a page of a site about them is called.
inline constexpr std::string_view kThings =
    "article articles tid post posts blog blogs news story stories product products item items shop store "
    "category categories tag tags topic topics thread threads forum forums order orders cart basket "
    "checkout file files download downloads doc docs document documents documentation help faq support "
    "event events job jobs vacancy vacancies career careers video videos photo photos picture pictures "
    "image images img gallery galleries album albums media archive archives recipe recipes book books "
    "movie movies film films song songs track tracks game games course courses lesson lessons version "
    "versions release releases issue issues commit commits repo repos repository project projects package "
    "packages ticket tickets invoice invoices board boards group groups company companies organisation "
    "organization organizations org orgs location locations place places city cities country countries "
    "hotel hotels restaurant restaurants property properties listing listings collection collections "
    "brand brands comment comments review reviews question questions answer answers message messages "
    "asset assets static theme themes icon icons logo logos banner banners feed feeds rss year month date "
    "calendar map maps wiki p t f cat attachment attachments upload uploads thumbnail thumbnails model "
    "models part parts sku isbn variant variants campaign campaigns offer offers deal deals room rooms "
    "vehicle vehicles car cars report reports paper papers publication publications section sections node "
    "content paste snippet gist guide guides tutorial tutorials glossary term terms status statuses toot "
    "artikel beitrag beitraege produkt produkte nachrichten thema themen bestellung bestellungen "
    "warenkorb kategorie kategorien datei dateien bild bilder stelle stellen stellenangebote termin "
    "termine veranstaltung veranstaltungen rezept rezepte produit produits actualites actualite actu "
    "categorie commande commandes panier sujet sujets fichier fichiers evenement evenements recette "
    "recettes livre articulo articulos artículo artículos producto productos noticia noticias categoria "
    "categorias pedido pedidos tema temas archivo archivos tienda produto produtos artigo artigos loja "
    "receita receitas articolo articoli prodotto prodotti notizia notizie categorie ordine ordini product "
    "producten bericht berichten nieuws bestelling bestellingen onderwerp produkter artiklar artikler "
    "nyheter nyheder kategori kategorier bestallning tuote tuotteet uutiset artikkeli artikkelit tilaus "
    "artykul artykuly artykuł artykuły produkty aktualnosci kategoria zamowienie clanek clanky článek "
    "články zbozi zboží objednavka temek termek termekek termék termékek cikk cikkek hirek hírek produs "
    "produse articol articole stiri știri urun ürün urunler ürünler haber haberler makale siparis konu "
    "tovar tovary товар товары novosti новости statya stati статья статьи zakaz заказ тема produk artikel "
    "berita sanpham san-pham tintuc tin-tuc 商品 記事 ニュース 产品 文章 新闻 상품 기사 뉴스 منتج منتجات مقال مقالات أخبار";

// Keys and segments that say which part of a list.
inline constexpr std::string_view kPage =
    "page pages pg paged pageno pagenum pagenumber pageindex offset start startat startindex from skip "
    "cursor after before begin seite pagina página sida side sivu strona stranka oldal sayfa stranica "
    "страница halaman trang limitstart st max_id since_id max-id since-id pageid";

// Keys that say how much of a list.
inline constexpr std::string_view kPageSize =
    "limit per_page perpage per-page pagesize page_size page-size size count rows num take top first "
    "results maxresults max_results max-results pp show anzahl itemsperpage items_per_page";

// Keys and pages of searches.
inline constexpr std::string_view kSearch =
    "q s query search keyword keywords term find suche suchen recherche buscar busca busqueda cerca "
    "zoeken sok sök soeg haku szukaj hledat kereses cauta ara poisk поиск cari timkiem 検索 搜索 검색 بحث "
    "autocomplete suggest filter";

// First segments that sites with names in the same place keep for themselves.
inline constexpr std::string_view kPartsOfSites =
    "about abuse activity admin administrator agb ajax api app apps archive assets auth avatars blog browse calendar "
    "careers cart categories category cdn-cgi chat checkout comments community compose connect contact cookies css "
    "dashboard datenschutz developers directory discover docs donate download downloads embed error events explore faq "
    "features feed feeds files forgot forum forums graphql group groups guidelines help home hot image images img impressum "
    "imprint inbox index.html index.php info install invite issues jobs join js kontakt latest legal list lists live local "
    "login logout mail mailman map maps media member members mentions-legales messages mobile mod music my new news "
    "newsletter notifications oauth offline oidc organizations pages password people photos policy popular post posts press "
    "premium pricing privacy profile projects public pulls random recent register report repos reset rss rules saved search "
    "security services session sessions settings share shop signin signout signup sitemap sites sso static stats status store "
    "subscribe support swagger system tag tags team terms threads top topics tos trending unsubscribe upload uploads user "
    "users v1 v2 v3 verify videos webhooks widgets wiki wp-admin wp-content wp-includes wp-json wp-login.php";

// Keys that say nothing of what is asked for.
inline constexpr std::string_view kSession =
    "sid phpsessid jsessionid session sessionid session_id fbclid gclid gbraid wbraid dclid msclkid yclid "
    "twclid igshid mc_cid mc_eid ref referer referrer redirect redirect_to return returnto returnurl next "
    "came_from continue cb _ nocache timestamp ts rand random ver csrf token nonce sig signature _ga _gl "
    "cachebuster sesskey highlight";

// Given names, in small letters.
inline constexpr std::string_view kGivenNames =
    "aaron adam adrian ahmed aisha alan albert alejandro alex alexander alexandra alexei alfred ali alice "
    "alina amanda amelie amina amit amy ana anastasia anders andrea andreas andrei andrew andrzej angela "
    "anita anja ann anna anne annika anton antonio aria arjun arne arthur astrid axel barbara ben "
    "benjamin bernd bernhard beth bjorn bob boris brian bruno camille carl carla carlos carmen carol "
    "caroline catherine cecilia chantal charles charlotte chen chiara chloe chris christian christina "
    "christine christoph christopher claire clara claudia clemens cristina dan daniel daniela david "
    "deborah dennis diana diego dieter dimitri dmitri dominik donald dorothea edward elena elif elisa "
    "elisabeth elizabeth ella emil emilia emily emma eric erik erika ernst esther eva fatima felix "
    "fernando filip finn fiona florian francesca francesco francisco frank franz frederic frida friedrich "
    "gabriel gabriela george georg gerhard giovanni giulia grace greta grzegorz guillaume gustav hana "
    "hannah hanna hans harald harry hassan heike heinrich helen helena helga henrik henry hiroshi hugo "
    "ibrahim ida igor ines ingrid irina isabel isabella ivan jack jacob jakob jakub james jan jana jane "
    "janet jason javier jean jennifer jens jeremy jessica jesus jing joan joao joe johan johanna johannes "
    "john jonas jonathan jorge jose josef joseph joshua juan judith julia julian julie julien jurgen "
    "juergen karen karin karl katarzyna kate katharina katherine kathrin katja kenji kevin khalid kim "
    "klaus kristina lars laura laurent lea lena leo leon leonie li lina linda lisa liu louis louise luca "
    "lucas lucia lucie luis luisa lukas lukasz magdalena mahmoud manuel marc marcel marco marcus margaret "
    "maria marie marina mario mark markus marta martha martin martina mary mateusz matteo matthew "
    "matthias max maximilian maya mehmet mei melanie mia michael michal michel miguel mike mikhail min "
    "mohamed mohammed monica monika muhammad mustafa nadia nancy natalia natalie nicolas nicole niels "
    "niklas nina noah nora olaf oleg olga oliver olivia omar oscar otto pablo paola patricia patrick paul "
    "paula pavel pedro peter petra philip philipp pierre piotr priya rachel rafael rahul rainer ralf raj "
    "rebecca renate ricardo richard rita robert roberto roman rosa ruth ryan sabine samuel sandra sanjay "
    "sara sarah sebastian sergei simon simone sofia sofie sophia sophie stefan stefanie stephan stephen "
    "steve steven susan susanne sven svetlana sylvia takashi tatiana teresa theo theresa thomas tim timo "
    "tina tom tomas tomasz ulrich ulrike ursula uwe valentina vera veronika victor viktor vincent "
    "vladimir walter wang wei werner wilhelm william wolfgang xavier yan yara yasmin yuki yusuf zhang zoe";

// Short words that titles are full of.
inline constexpr std::string_view kTitleWords =
    "a an and are as at au auf aus avec best by can como con da das dans de del dem den der des det die "
    "do does du een ein eine el en es est et for fuer from für guide het how i il im in is ist it la las "
    "le les los mit na new nicht not od of och og on or os ou par para per por pour que review sobre sur "
    "the their to top u um un una und une van vom von vs was we what when why wie with you your za zu zum "
    "zur";

}  // namespace sluice::detection::words
