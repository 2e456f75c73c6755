"""Sign up, save, record a mood and read the dashboard with the generated client; fail on any unexpected answer.

It runs in the generators' environment and uses nothing of Aira except the generated package.
"""

import sys
from http import HTTPStatus
from typing import TypeVar

from aira_client import AuthenticatedClient, Client
from aira_client.api.chats import contract_save_chat
from aira_client.api.conversations import create_conversation, list_conversations
from aira_client.api.dashboard import get_dashboard
from aira_client.api.messages import append_messages
from aira_client.api.moods import note_mood
from aira_client.api.session import sign_in, sign_up
from aira_client.models import (
    ConversationIn,
    ConversationPageOut,
    DashboardOut,
    IdStateOut,
    MessagesIn,
    MoodIn,
    OneMessageIn,
    OneMessageInRole,
    ProblemOut,
    SavedAnswer,
    SavedMessageIn,
    SaveIn,
    SignedInOut,
    SignInIn,
    SignUpIn,
)
from aira_client.types import Response

EMAIL, PASSWORD = "walker@example.com", "correct horse battery"
Shape = TypeVar("Shape")


def main(url: str) -> None:
    """Run the walk and print that it succeeded."""
    client = signed_in(url)
    save(client)
    mood = note_mood.sync_detailed(client=client, body=MoodIn(score=7.5, note="slept well", tags=["sleep"]))
    expect(mood, HTTPStatus.CREATED, IdStateOut)
    shown = expect(get_dashboard.sync_detailed(client=client), HTTPStatus.OK, DashboardOut)
    assert (shown.conversations, shown.mood_score, shown.redis_healthy) == (2, 7.5, True), shown
    stranger = get_dashboard.sync_detailed(client=AuthenticatedClient(base_url=url, token="wrong"))
    assert expect(stranger, HTTPStatus.UNAUTHORIZED, ProblemOut).status == HTTPStatus.UNAUTHORIZED
    print("The generated client signed up, saved, recorded a mood and read the dashboard.")


def signed_in(url: str) -> AuthenticatedClient:
    """Sign up and sign in; return a client for the session."""
    client = Client(base_url=url)
    signed_up = sign_up.sync_detailed(client=client, body=SignUpIn(email=EMAIL, password=PASSWORD, name="Walker"))
    assert signed_up.status_code == HTTPStatus.OK, signed_up
    opened = sign_in.sync_detailed(client=client, body=SignInIn(email=EMAIL, password=PASSWORD))
    session = expect(opened, HTTPStatus.OK, SignedInOut)
    return AuthenticatedClient(base_url=url, token=str(session.access_token))


def save(client: AuthenticatedClient) -> None:
    """Save a conversation with /api/v1 and a chat with the existing API, and check that both are listed."""
    made = create_conversation.sync_detailed(client=client, body=ConversationIn(title="A slow Monday", tags=["work"]))
    conversation_id = expect(made, HTTPStatus.CREATED, IdStateOut).id
    said = MessagesIn(messages=[OneMessageIn(role=OneMessageInRole.USER, content="I could not sleep again.")])
    appended = append_messages.sync_detailed(conversation_id, client=client, body=said)
    assert appended.status_code == HTTPStatus.CREATED, appended
    message = SavedMessageIn.from_dict(
        {"id": "1", "role": "user", "content": "hello", "timestamp": "2026-11-23T08:00:00.000Z"}
    )
    saved = contract_save_chat.sync_detailed(client=client, body=SaveIn(messages=[message], title="Hello"))
    chat_id = expect(saved, HTTPStatus.OK, SavedAnswer).chat_id
    page = expect(list_conversations.sync_detailed(client=client), HTTPStatus.OK, ConversationPageOut)
    assert {each.id for each in page.items} == {conversation_id, chat_id}, page


def expect(response: Response, status: HTTPStatus, shape: type[Shape]) -> Shape:
    """Return the parsed answer; fail unless it has the status and the shape."""
    assert response.status_code == status, response
    assert isinstance(response.parsed, shape), response
    return response.parsed


if __name__ == "__main__":
    main(sys.argv[1])
