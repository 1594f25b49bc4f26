using AzImageTools.Sandbox.Storage;

namespace AzImageTools.Sandbox.Guests;

/// <summary>How the guest of a machine is doing. Used under the cloud's lock.</summary>
internal sealed class GuestRun
{
    private const int LinesKept = 1000;

    private readonly Queue<string> _serial = new();
    private (PageBlob? Disk, Guest? Guest) _known;

    /// <summary>Whether the agent reports: only then do commands and extensions run.</summary>
    public bool IsAgentReady { get; set; } = true;

    /// <summary>What its provisioning failed with; null for nothing.</summary>
    public (string Code, string Message)? Failure { get; set; }

    /// <summary>Whether the screen shows a stop error rather than a console or desktop.</summary>
    public bool ShowsStopError { get; set; }

    /// <summary>What the serial port wrote, last of all.</summary>
    public IEnumerable<string> Serial
    {
        get => _serial;
        set => Write([.. value]);
    }

    public void Write(params string[] lines)
    {
        foreach (var line in lines)
        {
            _serial.Enqueue(line);
            if (_serial.Count > LinesKept)
            {
                _serial.Dequeue();
            }
        }
    }

    /// <summary>The guest on the disk; null for one that is not known.</summary>
    public Guest? Recognize(PageBlob? disk)
    {
        if (_known.Disk is null || _known.Disk != disk)
        {
            _known = (disk, GuestDisks.Recognize(disk));
        }

        return _known.Guest;
    }
}
