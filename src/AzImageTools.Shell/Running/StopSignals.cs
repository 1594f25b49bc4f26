using System.Runtime.InteropServices;

namespace AzImageTools.Shell.Running;

/// <summary>Ctrl+C and the request to terminate: both stop the running command, so that its cleanup runs.</summary>
internal sealed class StopSignals : IDisposable
{
    private readonly ShellSession _session;
    private readonly PosixSignalRegistration _termination;

    public StopSignals(ShellSession session)
    {
        _session = session;
        Console.CancelKeyPress += OnCancelKey;
        _termination = PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnTermination);
    }

    /// <summary>True once the process was asked to terminate.</summary>
    public bool IsTerminating { get; private set; }

    public void Dispose()
    {
        Console.CancelKeyPress -= OnCancelKey;
        _termination.Dispose();
    }

    private void OnCancelKey(object? sender, ConsoleCancelEventArgs press)
    {
        if (press.SpecialKey == ConsoleSpecialKey.ControlC)
        {
            press.Cancel = true;
            _session.Stop();
        }
    }

    private void OnTermination(PosixSignalContext signal)
    {
        IsTerminating = true;
        signal.Cancel = _session.Stop();
    }
}
