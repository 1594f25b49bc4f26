using System.Management.Automation;
using Pester.Engine.Model;
using Pester.Engine.Running;

namespace Pester.Engine.Language;

/// <summary>A test, or one for each row of its data. The body runs later.</summary>
[Cmdlet("Pester", "It")]
public sealed class ItCommand : PSCmdlet
{
    [Parameter(Mandatory = true, Position = 0)]
    public string Name { get; set; } = string.Empty;

    [Parameter(Mandatory = true, Position = 1)]
    public ScriptBlock Test { get; set; } = null!;

    [Parameter]
    [Alias("TestCases")]
    [AllowNull]
    [AllowEmptyCollection]
    public object? ForEach { get; set; }

    [Parameter]
    public string[] Tag { get; set; } = [];

    [Parameter]
    public SwitchParameter Skip { get; set; }

    protected override void ProcessRecord()
    {
        TestBlock block = EngineState.Of(this).Discovering
            ?? throw new PesterSyntaxException($"'{Name}' stands inside a test or a set-up block.");
        if (block.IsFile)
        {
            throw new PesterSyntaxException($"'{Name}' stands outside of any Describe.");
        }

        foreach (TestData? data in TestData.Rows(Name, ForEach, MyInvocation.BoundParameters.ContainsKey(nameof(ForEach))))
        {
            TestCase test = new(NameTemplate.Expand(Name, data, block), block, Test, data) { IsSkipped = Skip || block.IsSkipped };
            block.Tests.Add(test);
        }
    }
}
