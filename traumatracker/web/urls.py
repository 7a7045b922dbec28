"""Every address. Each view names who may come in (`web.door.access`)."""

from django.urls import path

from traumatracker.web import views
from traumatracker.web.desk import views as desk
from traumatracker.web.exposure import dispute_views, team_views
from traumatracker.web.exposure import views as exposure
from traumatracker.web.feed import views as feed
from traumatracker.web.people import views as people
from traumatracker.web.signin import views as signin
from traumatracker.web.steward import views as steward

urlpatterns = [
    path("", views.home, name="home"),
    path("sign-in/", views.sign_in, name="sign-in"),
    path("sign-out/", views.sign_out, name="sign-out"),
    path("sign-in/go/", signin.go, name="sign-in-go"),
    path("sign-in/callback/", signin.callback, name="sign-in-callback"),
    path("sign-in/as/", signin.sign_in_as, name="sign-in-as"),
    path("sign-in/confirm/", signin.confirm, name="confirm"),
    path("sign-in/confirm/go/", signin.confirm_go, name="confirm-go"),
    path("sign-out/provider/", signin.leave_provider, name="leave-provider"),
    path("signed-out/", signin.signed_out, name="signed-out"),
    path("about/", views.about, name="about"),
    path("support/", views.support, name="support"),
    path("page/", views.hidden, name="hidden"),
    path("me/", exposure.my_exposure, name="my-exposure"),
    path("me/entry/<int:entry_id>/", exposure.entry, name="entry"),
    path("me/entry/<int:entry_id>/not-right/", dispute_views.not_right, name="not-right"),
    path("me/missing/", dispute_views.missing, name="missing"),
    path("me/said/", dispute_views.said, name="said"),
    path("me/said/<int:dispute_id>/take-back/", dispute_views.take_back, name="take-back"),
    path("me/questions/", exposure.questions, name="questions"),
    path("me/sharing/", people.sharing, name="sharing"),
    path("me/sessions/", signin.own_sessions, name="sessions"),
    path("me/looked/", people.looked, name="looked"),
    path("team/", team_views.my_team, name="my-team"),
    path("team/<uuid:person_id>/", team_views.member, name="member"),
    path("queue/", steward.queue, name="queue"),
    path("queue/<int:item_id>/", steward.item, name="queue-item"),
    path("queue/<int:item_id>/undo/", steward.undo, name="queue-undo"),
    path("queue/<int:item_id>/send-back/", steward.send_back, name="queue-send-back"),
    path("feeds/", desk.feeds, name="feeds"),
    path("feeds/held/<int:hold_id>/release/", desk.release, name="release"),
    path("coverage/", desk.coverage, name="coverage"),
    path("feed/v1/messages", feed.messages, name="feed-messages"),
    path("feed/v1/openapi.json", feed.openapi, name="feed-openapi"),
    path("feed/v1/schema.json", feed.message_schema, name="feed-schema"),
]

handler403 = "traumatracker.web.views.forbidden"
handler404 = "traumatracker.web.views.not_found"
handler500 = "traumatracker.web.views.failed"
