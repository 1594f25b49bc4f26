using System.Management.Automation;
using Pester.Engine.Model;
using Pester.Engine.Running;

namespace Pester.Engine.Language;

/// <summary>A block of tests. Its body runs at once, to find out what is in it.</summary>
public abstract class BlockCommand : PSCmdlet
{
    [Parameter(Mandatory = true, Position = 0)]
    public string Name { get; set; } = string.Empty;

    [Parameter(Mandatory = true, Position = 1)]
    public ScriptBlock Fixture { get; set; } = null!;

    [Parameter]
    [AllowNull]
    [AllowEmptyCollection]
    public object? ForEach { get; set; }

    [Parameter]
    public string[] Tag { get; set; } = [];

    [Parameter]
    public SwitchParameter Skip { get; set; }

    protected override void ProcessRecord()
    {
        EngineState state = EngineState.Of(this);
        TestBlock parent = state.Discovering
            ?? throw new PesterSyntaxException($"'{Name}' stands inside a test or a set-up block; blocks belong into files and blocks.");
        Scopes scopes = new(this);
        foreach (TestData? data in TestData.Rows(Name, ForEach, MyInvocation.BoundParameters.ContainsKey(nameof(ForEach))))
        {
            TestBlock block = new(NameTemplate.Expand(Name, data, parent), parent, data) { IsSkipped = Skip || parent.IsSkipped };
            parent.Blocks.Add(block);
            state.Discovering = block;
            ErrorRecord? error = null;
            scopes.Inside(() =>
            {
                scopes.SetVariables(data);
                error = scopes.Run(Fixture);
            });
            state.Discovering = parent;
            if (error is not null)
            {
                ThrowTerminatingError(error);
            }
        }
    }
}
