using AzImageTools.Benchmarks;

switch (args)
{
    case ["convert", .. string[] options]:
        return ConvertBenchmark.Run(options);
    case ["report", .. string[] options]:
        return ReportBenchmark.Run(options);
    case [EngineProcess.ReportMode, string source]:
        return EngineProcess.Report(source);
    case [EngineProcess.ConvertMode, string source, string destination, string flush]:
        return EngineProcess.Convert(source, destination, flush == EngineProcess.Flushed);
    case [EngineProcess.ExtentsMode, string source]:
        return EngineProcess.FindExtents(source);
    default:
        Console.Error.WriteLine("usage: dotnet run -c Release --project tests/Benchmarks -- convert|report [--size GIB] [--runs N] [--folder PATH]");
        return 2;
}
