// What the page tells people: notes at the edge, read out by screen readers; banners for what stays wrong.
import { dismiss, line, notices, sessionLost, start } from "../state";
import { begin, startAgain } from "../session";
import { Button } from "./controls";
import { Icon } from "./Icon";

export function Notices() {
  return (
    <div class="notices" data-testid="notices">
      {notices.value.map((notice) => (
        <div key={notice.id} class={`notice ${notice.tone}`} role={notice.tone === "bad" ? "alert" : "status"} data-testid={`notice-${notice.tone}`}>
          <Icon name={notice.tone === "bad" ? "warn" : notice.tone === "good" ? "check" : "help"} />
          <p>{notice.text}</p>
          {notice.action && (
            <Button
              label={notice.action.label}
              kind="ghost"
              onClick={() => {
                notice.action!.run();
                dismiss(notice.id);
              }}
            />
          )}
          <Button icon="close" label="Dismiss" quiet kind="ghost" onClick={() => dismiss(notice.id)} />
        </div>
      ))}
    </div>
  );
}

/** Something that stays wrong until it is put right. */
export function Banner() {
  if (start.value.kind === "failed")
    return (
      <div class="banner" role="alert" data-testid="banner-failed">
        <Icon name="warn" />
        <p>{start.value.sentence}</p>
        <Button label="Try again" onClick={() => void begin()} />
      </div>
    );
  if (sessionLost.value)
    return (
      <div class="banner" role="alert" data-testid="banner-session">
        <Icon name="warn" />
        <p>The server was restarted and has forgotten this session. What you see is still here and can be sent again.</p>
        <Button label="Send again" kind="main" testid="send-again" onClick={() => void startAgain()} />
      </div>
    );
  if (line.value === "lost")
    return (
      <div class="banner" role="alert" data-testid="banner-server">
        <Icon name="warn" />
        <p>The server does not answer. Playing works; changes are performed when it is back.</p>
      </div>
    );
  return null;
}
