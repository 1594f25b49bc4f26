using System.Management.Automation;
using System.Management.Automation.Language;
using System.Management.Automation.Runspaces;
using AzImageTools.Shell.Commands;
using AzImageTools.Shell.Hosting;

namespace AzImageTools.Shell.Running;

/// <summary>The engine with the module in it. Runs one command after another and shows what they give.</summary>
internal sealed class ShellSession : IDisposable
{
    private readonly ShellHost _host;
    private readonly ShellUserInterface _userInterface;
    private readonly Runspace _runspace;
    private readonly Lock _stateLock = new();
    private readonly Stack<Pipeline> _running = new();
    private bool _wasStopped;

    public ShellSession(ShellHost host, ShellUserInterface userInterface)
    {
        _host = host;
        _userInterface = userInterface;
        _runspace = RunspaceFactory.CreateRunspace(host, InitialSessionState.CreateDefault2());
        _runspace.ThreadOptions = PSThreadOptions.ReuseThread;
        _runspace.Open();
        Runspace.DefaultRunspace = _runspace;
        _runspace.SessionStateProxy.InvokeCommand.CommandNotFoundAction = OnCommandNotFound;
    }

    /// <summary>Brings the module into the session; what it complains about is shown.</summary>
    /// <returns>False when it cannot be imported.</returns>
    public bool Import(string manifest)
    {
        string path = CodeGeneration.EscapeSingleQuotedStringContent(WildcardPattern.Escape(manifest));
        return Run($"Import-Module -Name '{path}' -ErrorAction Stop", addToHistory: false).Succeeded;
    }

    /// <summary>Runs the text to its end and shows what it gives, errors among the rest in the order they come.</summary>
    public CommandResult Run(string text) => Run(text, addToHistory: true);

    /// <summary>The working folder that commands see. A nested prompt may ask for it too, so a pipeline answers.</summary>
    public string Location
    {
        get
        {
            using Pipeline question = NewPipeline("$ExecutionContext.SessionState.Path.CurrentLocation.Path");
            return question.Invoke() is [{ BaseObject: string path }] ? path : string.Empty;
        }
    }

    /// <summary>Stops what runs now, so that its cleanup runs; does not wait for it.</summary>
    /// <returns>False when nothing runs.</returns>
    public bool Stop()
    {
        lock (_stateLock)
        {
            if (!_running.TryPeek(out Pipeline? pipeline))
            {
                return false;
            }

            _wasStopped = true;
            pipeline.StopAsync();
            return true;
        }
    }

    public void Dispose() => _runspace.Dispose();

    /// <summary>Only what goes into the history changes <c>$?</c>.</summary>
    private CommandResult Run(string text, bool addToHistory)
    {
        using Pipeline pipeline = NewPipeline(text, addToHistory);
        pipeline.Commands[0].MergeMyResults(PipelineResultTypes.Error, PipelineResultTypes.Output);
        pipeline.Commands.Add(new Command("Out-Default"));
        lock (_stateLock)
        {
            _running.Push(pipeline);
            _wasStopped = false;
        }

        try
        {
            pipeline.Invoke();
            return new CommandResult(LastSucceeded(), _wasStopped);
        }
        catch (PipelineStoppedException)
        {
            return new CommandResult(Succeeded: false, WasStopped: true);
        }
        catch (RuntimeException failure)
        {
            ShowError(failure);
            return new CommandResult(Succeeded: false, _wasStopped);
        }
        finally
        {
            lock (_stateLock)
            {
                _running.Pop();
            }

            _userInterface.EndProgress();
        }
    }

    /// <summary>The variable belongs to the pipeline that ran last; only another pipeline can read it.</summary>
    private bool LastSucceeded()
    {
        using Pipeline question = NewPipeline("$global:?");
        return question.Invoke() is [{ BaseObject: true }];
    }

    private Pipeline NewPipeline(string text, bool addToHistory = false)
        => _host.NestingLevel > 0 ? _runspace.CreateNestedPipeline(text, addToHistory) : _runspace.CreatePipeline(text, addToHistory);

    /// <summary>Shows an error that ended a command in the engine's own concise view.</summary>
    private void ShowError(RuntimeException failure)
    {
        using Pipeline pipeline = NewPipeline("$input");
        pipeline.Commands.Add(new Command("Out-Default"));
        pipeline.Input.Write(failure.ErrorRecord);
        pipeline.Input.Close();
        _userInterface.WriteAsError(() => pipeline.Invoke());
    }

    private static void OnCommandNotFound(object? sender, CommandLookupEventArgs lookup)
    {
        if (AbsentCommands.Contains(lookup.CommandName))
        {
            lookup.Command = new CmdletInfo(lookup.CommandName, typeof(AbsentCommand));
            lookup.StopSearch = true;
        }
    }
}
